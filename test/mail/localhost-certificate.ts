// A certificate for localhost, 127.0.0.1 and 127.0.0.2 that nobody trusts, and its key. For tests
// only: whoever reads this can impersonate exactly this machine to itself.

export const cert = `-----BEGIN CERTIFICATE-----
MIIBoDCCAUegAwIBAgIUeHVGxr/RHTsWnO1WbLOm71871GwwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTIzMzU0MFoYDzIxMjYxMDI4
MjMzNTQwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATNOS9s57+j9KGZWfpXG8Sjilacnn10c6yML71UgovfpdOARKX73yTr
bFIO1KZZT5bACowLN93Af0wlHcVICt/jo3UwczAdBgNVHQ4EFgQU5ALkzZB7140u
PBd8uufknqtnMWcwHwYDVR0jBBgwFoAU5ALkzZB7140uPBd8uufknqtnMWcwDwYD
VR0TAQH/BAUwAwEB/zAgBgNVHREEGTAXgglsb2NhbGhvc3SHBH8AAAGHBH8AAAIw
CgYIKoZIzj0EAwIDRwAwRAIgM/8fpVbR9+092rbJ0J1PZtWp7MGSgoXKQnoqb/7z
fPkCIC0J5F7SFwq0XBeImbQS7S7NA55fJxl0Fu5wrmemSnE1
-----END CERTIFICATE-----
`;

