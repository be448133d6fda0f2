/** 96 random bits in hex. Also where the page came without encryption, which `crypto.randomUUID` refuses. */
export function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
