// A web client in a page: what a test calls, one step after the other, with the SDK that Element is made of. Each step is a
// promise of something that JSON can say. What a step is refused is told as the SDK tells it to a web client.
import { AutoDiscovery, ClientEvent, RoomEvent, createClient } from "matrix-js-sdk";

const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, getChild: () => silent };
const texts = new Set();
const syncStates = [];
let baseUrl;
let client;
let uploaded = 0;

const bytes = (size) => {
    const all = new Uint8Array(size);
    for (let begin = 0; begin < size; begin += 65536) // no more at once
        crypto.getRandomValues(all.subarray(begin, Math.min(begin + 65536, size)));
    return all;
};

const digest = async (data) =>
    Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", data)), (byte) => byte.toString(16).padStart(2, "0")).join("");

globalThis.page = {
    /** What the server name leads to, found as a client finds it. */
    async discover(serverName) {
        const found = (await AutoDiscovery.findClientConfig(serverName))["m.homeserver"];
        baseUrl = found.base_url;
        return { state: found.state, baseUrl };
    },

    async logIn(user, password) {
        const session = await createClient({ baseUrl, logger: silent })
            .login("m.login.password", { identifier: { type: "m.id.user", user }, password });
        client = createClient({
            baseUrl, logger: silent, accessToken: session.access_token, userId: session.user_id, deviceId: session.device_id,
        });
        return session.user_id;
    },

    /** Ends when the first sync is there; goes on syncing. */
    async startSync() {
        const prepared = new Promise((resolve) => client.on(ClientEvent.Sync, (state) => {
            syncStates.push(state);
            if (state === "PREPARED") resolve();
        }));
        client.on(RoomEvent.Timeline, (event) => texts.add(event.getContent().body));
        await client.startClient({ initialSyncLimit: 10 });
        await prepared;
    },

    syncStates: () => syncStates,

    hasReceived: (text) => texts.has(text),

    send: async (room, text) => (await client.sendTextMessage(room, text)).event_id,

    whoAmI: async () => (await client.whoami()).user_id,

    uploadLimit: async () => (await client.getMediaConfig())["m.upload.size"],

    versions: async () => (await createClient({ baseUrl, logger: silent }).getVersions()).versions,

    profile: async (user) => (await client.getProfileInfo(user)).displayname ?? null,

    /** Random bytes as a file; where the homeserver keeps them, and their digest. */
    async upload(size) {
        const data = bytes(size);
        uploaded = 0;
        const { content_uri: address } = await client.uploadContent(new Blob([data]), {
            name: "film", type: "application/octet-stream", progressHandler: ({ loaded }) => uploaded = loaded,
        });
        return { address, digest: await digest(data) };
    },

    /** How many bytes of the upload under way the browser has sent. */
    uploaded: () => uploaded,

    /** The digest of what the homeserver keeps there. */
    async download(address) {
        const url = client.mxcUrlToHttp(address, undefined, undefined, undefined, false, true, true);
        const answer = await fetch(url, { headers: { Authorization: `Bearer ${client.getAccessToken()}` } });
        if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
        return digest(await answer.arrayBuffer());
    },

    /** Does a step and says how it ended: with its value, or with the error's class, code and status. */
    async attempt(step, ...values) {
        try {
            return { value: (await page[step](...values)) ?? null };
        } catch (error) {
            return {
                error: error.constructor.name, errcode: error.errcode ?? null, status: error.httpStatus ?? null,
                message: error.data?.error ?? error.message,
            };
        }
    },

    stop: () => client.stopClient(),
};
