/** Every bound of the gateway. What would go beyond is refused with a code, or ends the connection that caused it. */

/** One message on the wire, bytes; the largest allowed request (an SDP) fits twice. */
export const MESSAGE_BYTES_MAX = 65_536;
/** Messages of any kind one session may send, lasting rate per second and burst. A normal peer sends about one a second. */
export const MESSAGES_PER_SECOND = 100;
export const MESSAGES_BURST = 400;
/** The same for offers, answers and candidates, which are counted apart so that they never starve heartbeats. */
export const SIGNALS_PER_SECOND = 100;
export const SIGNALS_BURST = 400;
/** Frames of any kind one session of the plain WebSocket may send: there they are counted together, before they are read. */
export const FRAMES_PER_SECOND = MESSAGES_PER_SECOND + SIGNALS_PER_SECOND;
export const FRAMES_BURST = MESSAGES_BURST + SIGNALS_BURST;
/**
 * Packets of any kind one connection of socket.io may send, those of its protocol too. Far above what a session may: who sends more messages than that is told so,
 * who goes beyond this is disconnected.
 */
export const PACKETS_PER_SECOND = 1_000;
export const PACKETS_BURST = 20_000;
/** New connections an address may open at once, as a multiple of its rate per second. */
export const CONNECTIONS_BURST_FACTOR = 2;
/** Addresses whose rate is remembered; the one idle for longest is forgotten first. */
export const ADDRESSES_MAX = 65_536;
/** Connections that may be open without having been admitted to the namespace yet, beyond those that may be admitted. */
export const UNADMITTED_CONNECTIONS_MAX = 2_000;
/** A connection that does not ask for the namespace within this time is closed, milliseconds. */
export const CONNECT_DEADLINE_MS = 10_000;
/** A session without a peer for this long is closed, milliseconds. */
export const REGISTER_DEADLINE_MS = 30_000;
/** How long a client may take to answer when the service closes its connection, milliseconds. */
export const CLOSE_GRACE_MS = 1_000;
/** How long a client of socket.io may take to read what waits for it when its connection is to be closed, milliseconds. */
export const CLOSE_DEADLINE_MS = 3_000;
/** Messages that may wait for one client to read them; a client further behind is disconnected. */
export const OUTGOING_MESSAGES_MAX = 2_048;
/** Bytes that may wait for one client, in the process and not counting the kernel's buffers. */
export const OUTGOING_BYTES_MAX = 1_048_576;
/** Offers, answers and candidates that wait, over all sessions, until the tree can be looked at; characters. */
export const SIGNALS_WAITING_LENGTH_MAX = 33_554_432;
/** Longest name of an unknown message that is repeated in the answer, characters. */
export const SHOWN_NAME_LENGTH_MAX = 40;
/** How long siblings wait before they turn to the heir, which turns to the grandparent meanwhile. Milliseconds. */
export const SIBLING_CONNECTS_AFTER_MS = 300;
/** A peer that followed its plan and was not moved by then is told its place again. Milliseconds. */
export const PLAN_ANSWERED_WITHIN_MS = 1_000;
/** Peers whose places and plans are looked at in one go after a change of rules; the sockets are served in between. */
export const TOLD_AT_ONCE_MAX = 1_000;
/** A suspected peer has so long to acknowledge a probe before it is probed again. Milliseconds. */
export const PROBE_TIMEOUT_MS = 2_000;
/** Bytes of a resume token made by the service; 43 characters. */
export const RESUME_TOKEN_BYTES = 32;
/** Longest token a client can present, characters; no configured token is longer. */
export const PRESENTED_TOKEN_LENGTH_MAX = 4_096;
