/** Where the link of a mail leads. */
export const SET_PASSWORD = "/set-password";
