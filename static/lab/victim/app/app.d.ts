/** What the victim's page needs of whoever keeps the tokens. */
export interface App {
  signedIn(): boolean;
  signIn(credentials: { email: string; password: string }): Promise<void>;
  signOut(): Promise<void>;
  /** `fetch` with the session. */
  call(path: string): Promise<Response>;
}

/** A room, as the lab describes it. */
export interface Room {
  id: string;
  title: string;
  keeps: string;
  options?: object;
}

/** Opens a room's session. `ended` is told why it is over, where the user did not want it. */
export type Open = (room: Room, ended: (code: string) => void) => Promise<App>;
