// client.admin.organization.invites: list, create, retrieve, delete.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import { accept, all, has, leaveNothingBehind, organization, query, requests } from './world.mjs';

leaveNothingBehind();

const invite = (name) => organization.invites.create({ email: `${name}@example.com`, role: 'reader' });

test('an invite is what was sent, and waits', async () => {
  const sent = await organization.invites.create({ email: 'Ann@Example.com', role: 'owner', projects: [] });

  has(sent, { object: 'organization.invite', email: 'Ann@Example.com', role: 'owner' });
  has(sent, { status: 'pending', accepted_at: null, projects: [] });
  assert.equal(sent.expires_at - sent.created_at, 7 * 24 * 60 * 60);
  assert.deepEqual(await organization.invites.retrieve(sent.id), sent);
});

test('lists page by themselves', async () => {
  const sent = [];
  for (const name of 'abcde') sent.push(await invite(name));

  const invites = await all(organization.invites.list({ limit: 2 }));

  assert.deepEqual(invites, sent.toReversed());
  const cursors = (await requests('list-invites')).map((entry) => query(entry).get('after'));
  assert.deepEqual(cursors, [null, sent[3].id, sent[1].id]);
});

test('a deleted invite is gone', async () => {
  const sent = await invite('ann');

  assert.deepEqual(await organization.invites.delete(sent.id), {
    object: 'organization.invite.deleted',
    id: sent.id,
    deleted: true,
  });
  await assert.rejects(organization.invites.retrieve(sent.id), OpenAI.NotFoundError);
});

test('an accepted invite says so and cannot be deleted', async () => {
  const sent = await invite('ann');
  await accept(sent.id, 'Ann');

  has(await organization.invites.retrieve(sent.id), { status: 'accepted' });
  await assert.rejects(organization.invites.delete(sent.id), { status: 400, message: /already accepted/ });
});

test('a second invite to the same address is refused', async () => {
  await invite('ann');

  await assert.rejects(invite('ANN'), { status: 400, code: 'invite_already_exists' });
});
