/** Who is signed in, for whatever is kept or shown by person. */
import { createContext, useContext } from "react";
import type { User } from "../types";

const Context = createContext<User | undefined>(undefined);

export const UserProvider = Context.Provider;

export function useUser(): User {
  const user = useContext(Context);
  if (!user) throw new Error("useUser needs a signed-in person above it");
  return user;
}
