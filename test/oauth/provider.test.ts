import { describe, expect, it } from "vitest";
import { createOauthClient } from "../../src/oauth/client.ts";
import { oauthProvider } from "../../src/oauth/provider.ts";
import { CLIENT_ID, startFakeOpenid } from "../support/fake-openid.ts";

const USER = "info@shop.example.jp";

describe("what is asked of", () => {
  it("Google is all of the mailbox, offline, and its word each time", () => {
    expect(oauthProvider("google", USER, undefined)).toMatchObject({
      issuer: "https://accounts.google.com",
      scope: "openid email profile https://mail.google.com/",
      asks: { access_type: "offline", prompt: "consent" },
      loopback: "127.0.0.1",
    });
  });

  it("Microsoft is reading, sending and lasting use, in the tenant of the user's domain", () => {
    const provider = oauthProvider("microsoft", "Info@Shop.example.jp", undefined);
    expect(provider.issuer).toBe("https://login.microsoftonline.com/shop.example.jp/v2.0");
    expect(provider.scope.split(" ")).toEqual([
      ...["openid", "email", "profile", "offline_access"],
      "https://outlook.office.com/IMAP.AccessAsUser.All",
      "https://outlook.office.com/SMTP.Send",
    ]);
    // The only address with http that it registers.
    expect(provider.loopback).toBe("localhost");
  });

  it("Microsoft is asked in another tenant where one is named, or where no domain names one", () => {
    expect(oauthProvider("microsoft", USER, "consumers").issuer).toContain("/consumers/");
    expect(oauthProvider("microsoft", "info", undefined).issuer).toContain("/organizations/");
  });

  it("a server of one's own is who the user is, and lasting use", async () => {
    const openid = await startFakeOpenid();
    const provider = oauthProvider(openid.issuer, USER, undefined);
    // A public client, which has no secret.
    const client = createOauthClient({ provider, clientId: CLIENT_ID });
    const { url, state, verifier } = await client.ask("http://127.0.0.1:1/", USER);
    expect(Object.fromEntries(new URL(url).searchParams)).toMatchObject({
      ...{ scope: "openid email profile offline_access", login_hint: USER, state },
      redirect_uri: "http://127.0.0.1:1/",
    });
    expect(url).not.toContain(verifier);
    await openid.close();
  });
});
