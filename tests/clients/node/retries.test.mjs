// What the client does about refusals that may pass: when it tries again, how long it waits, what that costs.
//
// Waits are read from the journal, where the server says when each request arrived.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import { all, fault, header, leaveNothingBehind, member, openai } from './world.mjs';
import { organization, requests, settings, waits } from './world.mjs';

leaveNothingBehind();

// The client's own pause before the first repetition: half a second, less a quarter by chance.
const SHORTEST_BACKOFF = 0.375;

const refusal = (status, retry_after = 'absent') => ({ status: { status, retry_after } });

for (const [form, retryAfter, shortest] of [
  ['seconds', { integer: 1 }, 1],
  // A date has whole seconds, so up to one of the two is lost.
  ['a date', { http_date: 2 }, 1],
  ['nothing', 'absent', SHORTEST_BACKOFF],
]) {
  test(`429 with ${form} is tried again after the wait that was asked for`, async () => {
    await member('Ann');
    await fault('list-users', refusal(429, retryAfter), { hits: { next: 1 } });

    const users = await all(organization.users.list());

    assert.deepEqual(users.map((user) => user.name), ['Ann']);
    const [wait, ...more] = await waits('list-users');
    assert.ok(wait >= shortest, `${wait} s`);
    assert.deepEqual(more, []);
  });
}

test('a wait that is only in the text is not seen', async () => {
  await fault('list-users', refusal(429, { text_only: 60 }), { hits: { next: 1 } });

  await organization.users.list();

  const [wait] = await waits('list-users');
  assert.ok(wait >= SHORTEST_BACKOFF && wait < 30, `${wait} s`);
});

test('this version waits however long it is told to', async (context) => {
  await fault('list-users', refusal(429, { integer: 121 }), { hits: { next: 1 } });
  const { setTimeout } = globalThis;
  const hurried = context.mock.method(globalThis, 'setTimeout', (callback, wait) =>
    setTimeout(callback, wait === 121_000 ? 0 : wait),
  );

  await organization.users.list();

  assert.equal(hurried.mock.calls.filter(({ arguments: [, wait] }) => wait === 121_000).length, 1);
  assert.equal((await requests('list-users')).length, 2);
});

for (const [status, kind] of [
  [409, OpenAI.ConflictError],
  [429, OpenAI.RateLimitError],
  [500, OpenAI.InternalServerError],
]) {
  test(`${status}: it gives up after three tries`, async () => {
    await fault('list-groups', refusal(status));

    await assert.rejects(organization.groups.list(), kind);

    const tries = await requests('list-groups');
    assert.deepEqual(tries.map((entry) => entry.answer.status), [status, status, status]);
    assert.deepEqual(tries.map((entry) => header(entry, 'x-stainless-retry-count')), ['0', '1', '2']);
    const [first, second] = await waits('list-groups');
    assert.ok(first >= SHORTEST_BACKOFF && second >= 2 * SHORTEST_BACKOFF, `${first} s, ${second} s`);
  });
}

test('the server has the last word', async () => {
  await fault('list-users', { status: { status: 400, should_retry: true } }, { hits: { next: 1 } });
  await organization.users.list();
  assert.equal((await requests('list-users')).length, 2);

  await fault('list-groups', { status: { status: 500, should_retry: false } });
  await assert.rejects(organization.groups.list(), OpenAI.InternalServerError);
  assert.equal((await requests('list-groups')).length, 1);
});

test('a reset connection is tried again, half a body is not', async () => {
  await fault('list-users', 'reset', { hits: { next: 1 }, phase: 'after' });
  await organization.users.list();
  assert.equal((await requests('list-users')).length, 2);

  await fault('list-groups', 'half_body', { hits: { next: 1 }, phase: 'after' });
  await assert.rejects(organization.groups.list(), { name: 'TypeError', message: 'terminated' });
  assert.equal((await requests('list-groups')).length, 1);
});

test('silence is tried again', async () => {
  const impatient = openai.withOptions({ timeout: 1_000, maxRetries: 1 });
  await fault('list-users', 'hang', { hits: { next: 1 } });
  await impatient.admin.organization.users.list();
  assert.equal((await requests('list-users')).length, 2);

  await fault('list-groups', 'hang');
  await assert.rejects(impatient.admin.organization.groups.list(), OpenAI.APIConnectionTimeoutError);
  assert.equal((await requests('list-groups')).length, 2);
});

for (const [name, lost] of [['500', refusal(500)], ['reset', 'reset']]) {
  test(`a lost answer invites twice: ${name}`, async () => {
    await settings({ duplicate_invite: 'second_invite' });
    await fault('inviteUser', lost, { hits: { next: 1 }, phase: 'after' });

    const invite = await organization.invites.create({ email: 'ann@example.com', role: 'reader' });

    const sent = await all(organization.invites.list());
    assert.deepEqual(sent.map(({ email }) => email), ['ann@example.com', 'ann@example.com']);
    assert.deepEqual(sent[0], invite);
    assert.notEqual(sent[1].id, invite.id);
  });
}
