/** Without React, without a bundler, and without a page, whose cookies would sign in: a program with a token asks all the same. */
import { createRealtime, runAllTests, type Connection, type Rec } from "@digisence/realtime/core";

const base = "http://127.0.0.1:9"; // nobody is there
const realtime = createRealtime(base, { fetch: (path, init) => fetch(base + path, { ...init, headers: { ...init?.headers, Authorization: "Bearer t" } }) });
const names: Promise<Rec[]> = realtime.query<Rec[]>("/api/admin/businesses", { retryAttempts: 0 });
const { state }: Connection = realtime.status();
const told = await names.catch((error: Error) => error.message);
const tested = await runAllTests(realtime).catch((error: Error) => error.name);
realtime.close();
console.log(JSON.stringify([state, told, tested]));
