// The world around the organization: what happens outside the Admin API, by the mock's management API.
//
// People answer their mail, time passes, networks fail. And the journal, which says what really reached the server.

import assert from 'node:assert/strict';
import { afterEach, before, beforeEach } from 'node:test';
import OpenAI from 'openai';

// More than any test makes, and the most that one answer of the management API holds.
const MAX_ENTRIES = 10_000;

let defaults;
let empty;
let start;

// OpenAI's client as it comes: address and key are in the environment (OPENAI_BASE_URL, OPENAI_ADMIN_KEY).
export const openai = new OpenAI();
export const organization = openai.admin.organization;

// An empty organization with default settings and no faults for every test of the file that calls this: after each, all
// is as it was before the first, but for the journal, which others read when all is done.
export function leaveNothingBehind() {
  before(async () => {
    defaults = await call('GET', '/settings');
    empty = await call('GET', '/state');
  });
  beforeEach(async () => {
    start = (await call('GET', '/health')).last_seq;
  });
  afterEach(async () => {
    await call('PUT', '/faults', { rules: [] });
    await settings(defaults);
    await call('PUT', '/state', empty);
  });
}

// Changes these settings of the mock, until the test ends.
export const settings = (changes) => call('PATCH', '/settings', changes);

// From now on this happens to requests for the operation; takes the place of earlier faults.
export const fault = (operation, action, { hits = 'always', phase = 'before' } = {}) =>
  call('PUT', '/faults', { rules: [{ operation, action, hits, phase }] });

// Somebody who is in the organization already; gives the user id.
export async function member(name, role = 'reader') {
  return (await call('POST', '/users', { email: `${name.toLowerCase()}@example.com`, name, role })).id;
}

// The invited person follows the link in the mail; gives the user id.
export async function accept(inviteId, name) {
  return (await call('POST', `/invites/${inviteId}/accept`, { name })).id;
}

// What the journal has about the requests of this test for one operation.
export async function requests(operation) {
  const { entries } = await call('GET', `/journal?after=${start}&limit=${MAX_ENTRIES}`);
  return entries.filter((entry) => entry.cause === 'request' && entry.operation === operation);
}

// Seconds between one request for the operation and the next.
export async function waits(operation) {
  const arrivals = (await requests(operation)).map((entry) => entry.arrived / 1000);
  return arrivals.slice(1).map((arrival, index) => arrival - arrivals[index]);
}

// A header of a request in the journal; the name in lower case.
export const header = (entry, name) => entry.request.headers.find(([known]) => known === name)?.[1];

// The decoded query of a request in the journal.
export const query = (entry) => new URLSearchParams(entry.request.query);

// Everything that the pages hold, one after the other.
export async function all(pages) {
  const items = [];
  for await (const item of pages) items.push(item);
  return items;
}

// That exactly these values stand in the object, whatever else does.
export function has(object, values) {
  const picked = Object.fromEntries(Object.keys(values).map((key) => [key, object[key]]));
  assert.deepEqual(picked, values);
}

async function call(method, path, body) {
  const answer = await fetch(process.env.MOCK_MANAGE_URL + path, { method, body: body && JSON.stringify(body) });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${answer.ok ? '' : await answer.text()}`);
  return answer.json();
}
