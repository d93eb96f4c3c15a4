// What a web client does in its first minute: discovery, login, sync, a message, and the preflights that a browser sends
// before them. Prints one line of JSON at the end; exits with 1 when anything is not as it must be.
//
//   node client.mjs SERVER_NAME USER PASSWORD ROOM_ID
import assert from "node:assert/strict";
import { AutoDiscovery, ClientEvent, RoomEvent, createClient } from "matrix-js-sdk";

const [serverName, user, password, roomId] = process.argv.slice(2);
const origin = "https://app.example.org";
const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, getChild: () => silent };

const main = async () => {
    const configuration = await AutoDiscovery.findClientConfig(serverName);
    const discovery = configuration["m.homeserver"];
    assert.equal(discovery.state, AutoDiscovery.SUCCESS, JSON.stringify(configuration));

    const baseUrl = discovery.base_url;
    for (const [method, path, headers] of [
        ["GET", "/.well-known/matrix/client", ""],
        ["POST", "/_matrix/client/v3/login", "content-type"],
        ["GET", "/_matrix/client/v3/sync", "authorization"],
        ["PUT", `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/m.room.message/1`, "authorization,content-type"],
        ["POST", "/_matrix/media/v3/upload", "authorization,content-type"],
        ["DELETE", "/_matrix/client/v3/devices/ABC", "authorization,content-type"],
    ]) {
        await preflight(new URL(path, baseUrl), method, headers);
    }

    const session = await createClient({ baseUrl, logger: silent }).login("m.login.password", {
        identifier: { type: "m.id.user", user },
        password,
    });
    const client = createClient({
        baseUrl, logger: silent, accessToken: session.access_token, userId: session.user_id, deviceId: session.device_id,
    });

    const prepared = new Promise((resolve, reject) => client.on(ClientEvent.Sync, (state, _, data) => {
        if (state === "PREPARED") resolve(true);
        if (state === "ERROR") reject(data?.error ?? new Error("the sync failed"));
    }));
    await client.startClient({ initialSyncLimit: 10 });
    await prepared;

    // The SDK counts a message as sent when the homeserver took it, and as seen when the sync brings it back.
    const seen = new Promise((resolve) => client.on(RoomEvent.Timeline, (event) => {
        if (event.getContent().body === "Hello from JavaScript" && event.status === null) resolve(event.getId());
    }));
    const echoed = new Promise((resolve) => client.on(RoomEvent.LocalEchoUpdated, (event) => {
        if (event.status === null) resolve(event.getId());
    }));
    const { event_id: eventId } = await client.sendTextMessage(roomId, "Hello from JavaScript");
    assert.equal(await Promise.race([seen, echoed]), eventId);
    client.stopClient();

    return { node: process.version, discovery, userId: session.user_id, prepared: true, eventId };
};

// Sends what a browser sends before the request, and judges the answer as it does (Fetch standard, CORS-preflight fetch).
const preflight = async (url, method, headers) => {
    const asked = { "Origin": origin, "Access-Control-Request-Method": method };
    if (headers) asked["Access-Control-Request-Headers"] = headers;
    const answer = await fetch(url, { method: "OPTIONS", headers: asked });
    const about = `${method} ${url}: ${answer.status} ${JSON.stringify([...answer.headers])}`;
    assert.ok(answer.ok, about);
    allowsOrigin(answer, about);
    const list = (name) => (answer.headers.get(name) ?? "").toLowerCase().split(",").map((item) => item.trim());
    if (!["GET", "HEAD", "POST"].includes(method))
        assert.ok(list("access-control-allow-methods").includes(method.toLowerCase()), about);
    for (const header of headers.split(",").filter(Boolean)) // "*" would not cover Authorization
        assert.ok(list("access-control-allow-headers").includes(header), about);

    const real = await fetch(url, { method, headers: { Origin: origin }, body: ["GET", "DELETE"].includes(method) ? undefined : "{}" });
    await real.arrayBuffer();
    allowsOrigin(real, `${method} ${url}, the request itself: ${real.status} ${JSON.stringify([...real.headers])}`);
};

// Exactly one value: a proxy that adds its own beside the homeserver's makes browsers refuse the answer.
const allowsOrigin = (answer, about) =>
    assert.ok(["*", origin].includes(answer.headers.get("access-control-allow-origin")), about);

try {
    console.log(JSON.stringify(await main()));
    process.exit(0);
} catch (error) {
    console.error(error);
    process.exit(1);
}
