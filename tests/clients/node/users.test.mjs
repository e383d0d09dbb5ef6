// client.admin.organization.users: list, retrieve, update, delete.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import { accept, all, has, leaveNothingBehind, member, organization, query, requests } from './world.mjs';

leaveNothingBehind();

test('a member has the values of the invite they accepted', async () => {
  const invite = await organization.invites.create({ email: 'Ann@Example.com', role: 'owner' });
  const id = await accept(invite.id, 'Ann Arbor');

  has(await organization.users.retrieve(id), {
    object: 'organization.user',
    id,
    email: 'Ann@Example.com',
    name: 'Ann Arbor',
    role: 'owner',
    is_scim_managed: false,
  });
});

test('lists page by themselves', async () => {
  const ids = [];
  for (const name of ['Ann', 'Bob', 'Cho', 'Dee', 'Eve']) ids.push(await member(name));

  const users = await all(organization.users.list({ limit: 2 }));

  assert.deepEqual(users.map((user) => user.name), ['Eve', 'Dee', 'Cho', 'Bob', 'Ann']);
  const cursors = (await requests('list-users')).map((entry) => query(entry).get('after'));
  assert.deepEqual(cursors, [null, ids[3], ids[1]]);
});

test('emails find people whatever the case and skip strangers', async () => {
  const ann = await member('Ann');
  await member('Bob');

  const users = await all(organization.users.list({ emails: ['ANN@example.com', 'no@example.com'] }));

  assert.deepEqual(users.map((user) => user.id), [ann]);
  const [entry] = await requests('list-users');
  assert.deepEqual(query(entry).getAll('emails[]'), ['ANN@example.com', 'no@example.com']);
});

test('role and persona change; null changes nothing', async () => {
  const ann = await member('Ann');

  const change = { role: 'owner', technical_level: 'expert', developer_persona: 'backend' };
  has(await organization.users.update(ann, change), change);
  has(await organization.users.update(ann, { role: null }), { role: 'owner' });
});

test('a deleted user is gone', async () => {
  const ann = await member('Ann');

  assert.deepEqual(await organization.users.delete(ann), {
    object: 'organization.user.deleted',
    id: ann,
    deleted: true,
  });
  await assert.rejects(organization.users.retrieve(ann), OpenAI.NotFoundError);
});

test('the last owner stays', async () => {
  const ann = await member('Ann', 'owner');

  await assert.rejects(organization.users.update(ann, { role: 'reader' }), (refused) => {
    assert.ok(refused instanceof OpenAI.BadRequestError);
    has(refused, { code: 'last_owner', type: 'invalid_request_error' });
    return true;
  });
});
