/** What the package gives: the transport, its React hooks, and the services over it. */
export * from "./plain";
export * from "./react";
