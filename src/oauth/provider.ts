// What differs between those who vouch for mailboxes: where they are, and what is asked of them.

const DAY_MS = 24 * 60 * 60 * 1_000;

export interface OauthProvider {
  /** "google", "microsoft" or the host of another. */
  readonly name: string;
  /** Where discovery begins. */
  readonly issuer: string;
  readonly scope: string;
  /** Further parameters of the question to the person. */
  readonly asks: Readonly<Record<string, string>>;
  /** The host of the redirect, which is this machine: Microsoft registers no address with http. */
  readonly loopback: "127.0.0.1" | "localhost";
  /** How long a consent is kept that nobody uses; null where that is not known. */
  readonly idleMs: number | null;
}

const IDENTITY = "openid email profile";

/** @param setting MAIL_OAUTH */
export function oauthProvider(
  setting: string,
  user: string,
  tenant: string | undefined,
): OauthProvider {
  if (setting === "google") {
    return {
      name: "google",
      issuer: "https://accounts.google.com",
      scope: `${IDENTITY} https://mail.google.com/`,
      // Google hands out a refresh token only for offline access, and only where consent is asked.
      asks: { access_type: "offline", prompt: "consent" },
      loopback: "127.0.0.1",
      idleMs: 180 * DAY_MS,
    };
  }
  if (setting === "microsoft") {
    const mail =
      "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send";
    return {
      name: "microsoft",
      issuer: `https://login.microsoftonline.com/${tenant ?? tenantOf(user)}/v2.0`,
      scope: `${IDENTITY} offline_access ${mail}`,
      asks: { prompt: "select_account" },
      loopback: "localhost",
      idleMs: 90 * DAY_MS,
    };
  }
  return {
    name: new URL(setting).hostname,
    issuer: setting,
    scope: `${IDENTITY} offline_access`,
    asks: { prompt: "consent" },
    loopback: "127.0.0.1",
    idleMs: null,
  };
}

/** A tenant answers to each of its own domains, and a business mailbox lies in one of them. */
function tenantOf(user: string): string {
  const at = user.lastIndexOf("@");
  return at === -1 ? "organizations" : user.slice(at + 1).toLowerCase();
}
