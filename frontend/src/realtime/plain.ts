/** All that needs no React: the transport, and the services over it. */
export * from "./core";
export { setDefaultRealtime, theRealtime } from "./default";
export * from "./services";
