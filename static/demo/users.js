// @ts-check
// The users that authfetchd serve --demo makes, and everybody may know.

export const users = [
  { name: "Demo User", email: "user@example.com" },
  { name: "Guest", email: "guest@example.com" },
];

export const password = "pa55w0rd";

/** The first of them who is not the one with this address. @param {string} email */
export const somebodyElse = (email) => users.find((user) => user.email !== email) ?? users[0];
