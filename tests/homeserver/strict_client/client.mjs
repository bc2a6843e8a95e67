// A person on matrix-js-sdk with Rust cryptography, driven by lines of JSON: {"id": 1, "do": "send", …} on standard
// input, {"id": 1, "is": …} or {"id": 1, "error": "…"} on standard output. strict.py is the other end.
import "fake-indexeddb/auto";
import readline from "node:readline";
import * as sdk from "matrix-js-sdk";
import { logger } from "matrix-js-sdk/lib/logger.js";
import {
  AllDevicesIsolationMode,
  EventShieldColour,
  EventShieldReason,
  OnlySignedDevicesIsolationMode,
  decodeRecoveryKey,
} from "matrix-js-sdk/lib/crypto-api/index.js";

logger.setLevel?.("error");
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let client, crypto, me, recovery;

async function patiently(found, what, tries = 300) {
  for (let n = 0; n < tries; n++) {
    const it = await found();
    if (it) return it;
    await pause(50);
  }
  throw new Error(`waited in vain for ${what}`);
}

const password = async (make) =>
  make({ type: "m.login.password", identifier: { type: "m.id.user", user: me.user_id }, password: me.password });

async function shown(event) {
  if (event.isBeingDecrypted()) await event.getDecryptionPromise();
  const info = event.isEncrypted() ? await crypto.getEncryptionInfoForEvent(event) : null;
  return {
    event_id: event.getId(),
    sender: event.getSender(),
    type: event.getType(),
    encrypted: event.isEncrypted(),
    content: event.getContent(),
    relates_to: event.getWireContent()["m.relates_to"] ?? null,
    failure: event.isDecryptionFailure() ? String(event.decryptionFailureReason) : null,
    shield: info ? EventShieldColour[info.shieldColour] : null,
    reason: info && info.shieldReason !== null ? EventShieldReason[info.shieldReason] : null,
    thread: event.threadRootId ?? null,
  };
}

const acts = {
  async start({ homeserver, user, strict, sign, recovery_key }) {
    me = user;
    recovery = recovery_key ? decodeRecoveryKey(recovery_key) : null;
    client = sdk.createClient({
      baseUrl: homeserver,
      userId: me.user_id,
      deviceId: me.device_id,
      accessToken: me.access_token,
      cryptoCallbacks: { getSecretStorageKey: async ({ keys }) => (recovery ? [Object.keys(keys)[0], recovery] : null) },
    });
    await client.initRustCrypto({ useIndexedDB: false });
    crypto = client.getCrypto();
    crypto.setDeviceIsolationMode(strict ? new OnlySignedDevicesIsolationMode() : new AllDevicesIsolationMode(false));
    await client.startClient({ initialSyncLimit: 50, threadSupport: true });
    await new Promise((resolve) => client.on("sync", (state) => state === "PREPARED" && resolve()));
    if (sign) await crypto.bootstrapCrossSigning({ authUploadDeviceSigningKeys: password });
    return crypto.getVersion();
  },
  async create({ invite, encrypted, direct }) {
    const state = encrypted
      ? [{ type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } }]
      : [];
    const { room_id } = await client.createRoom({
      preset: "private_chat",
      is_direct: direct ?? false,
      invite,
      initial_state: state,
    });
    await patiently(() => client.getRoom(room_id), "the room");
    return room_id;
  },
  async join({ room }) {
    await client.joinRoom(room);
    await patiently(() => client.getRoom(room)?.getMyMembership() === "join", "the room");
    return room;
  },
  async invitations() {
    return client.getRooms().filter((room) => room.getMyMembership() === "invite").map((room) => room.roomId);
  },
  async member({ room, user }) {
    await patiently(() => client.getRoom(room)?.getMember(user)?.membership === "join", `${user} in the room`);
    return true;
  },
  async send({ room, thread, content }) {
    return (await client.sendMessage(room, thread ?? null, content)).event_id;
  },
  async react({ room, event_id, key }) {
    const relation = { rel_type: "m.annotation", event_id, key };
    return (await client.sendEvent(room, "m.reaction", { "m.relates_to": relation })).event_id;
  },
  async events({ room }) {
    const found = client.getRoom(room);
    if (!found) return [];
    const all = [...found.getLiveTimeline().getEvents(), ...found.getThreads().flatMap((thread) => thread.events)];
    const once = new Map(all.filter((event) => !event.isState()).map((event) => [event.getId(), event]));
    return Promise.all([...once.values()].map(shown));
  },
  async discard({ room }) {
    await crypto.forceDiscardSession(room);
    return true;
  },
  async devices({ user }) {
    const known = (await crypto.getUserDeviceInfo([user], true)).get(user) ?? new Map();
    const found = {};
    for (const id of known.keys()) {
      const status = await crypto.getDeviceVerificationStatus(user, id);
      found[id] = { signed: status?.signedByOwner ?? false, verified: status?.crossSigningVerified ?? false };
    }
    return found;
  },
  async trusts({ user }) {
    await crypto.userHasCrossSigningKeys(user, true);
    return (await crypto.getUserVerificationStatus(user)).isCrossSigningVerified();
  },
  async recover() {
    await crypto.userHasCrossSigningKeys(me.user_id, true);
    await crypto.bootstrapCrossSigning({
      authUploadDeviceSigningKeys: async () => {
        throw new Error("the identity would have been made anew");
      },
    });
    const signed = async () => (await crypto.getDeviceVerificationStatus(me.user_id, me.device_id)).signedByOwner;
    await patiently(async () => (await crypto.getUserDeviceInfo([me.user_id], true)) && (await signed()), "the signature");
    return { storage: await crypto.isSecretStorageReady(), ready: await crypto.isCrossSigningReady(), signed: await signed() };
  },
};

let last = Promise.resolve();
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, do: act, ...given } = JSON.parse(line);
  last = last.then(() => acts[act](given)).then(
    (is) => say({ id, is: is ?? null }),
    (error) => say({ id, error: String(error?.message ?? error) }),
  );
}).on("close", () => process.exit(0));
