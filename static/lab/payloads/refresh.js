const response = await fetch("api/auth/refresh", { method: "POST", headers: { "X-Auth-Fetch": "1" } });
send(await response.text());
