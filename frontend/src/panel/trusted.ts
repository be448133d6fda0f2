/** The page's policy takes no text as HTML or script (Trusted Types); what Mantine writes into its own <style> is plain CSS and passes. */

interface Rules {
  createHTML: (text: string) => string;
}

interface TrustedTypes {
  createPolicy: (name: "default", rules: Rules) => unknown;
}

/** Without "<" there is no element, however the text is read: all else is refused, scripts and their addresses always. */
export function plainOnly(text: string): string {
  if (text.includes("<")) throw new TypeError("this page takes no HTML from text");
  return text;
}

/** Browsers without Trusted Types ignore that part of the policy, too. */
const trusted = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
trusted?.createPolicy("default", { createHTML: plainOnly });
