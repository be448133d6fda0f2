/** What the package gives: the transport, and its React hooks. */
export * from "./core";
export * from "./react";
