/** Starts the panel in the page that the server rendered. */
import "./trusted";
import { MantineProvider } from "@mantine/core";
import { setNonce } from "get-nonce";
import { createRoot } from "react-dom/client";
import { SessionGate } from "./auth/session";
import "./styles";
import { theme } from "./theme";
import { Crash } from "./ui/crash";

/** The page's one-time word: whatever adds a <style> at run time must carry it, or the browser refuses it. */
const nonce = document.querySelector<HTMLScriptElement>("script[nonce]")?.nonce ?? "";
setNonce(nonce);

const root = document.getElementById("root");
if (!root) throw new Error("the page has no #root");
createRoot(root).render(
  <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
    <Crash>
      <SessionGate />
    </Crash>
  </MantineProvider>,
);
