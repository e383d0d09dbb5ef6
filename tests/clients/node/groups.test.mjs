// client.admin.organization.groups and .groups.users: all nine operations.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import { all, has, header, leaveNothingBehind, member, organization, query, requests } from './world.mjs';

leaveNothingBehind();

const { groups } = organization;

test('a group can be made, seen, renamed and deleted', async () => {
  const group = await groups.create({ name: 'Design' });
  has(group, { name: 'Design', group_type: 'group', is_scim_managed: false });
  assert.deepEqual(await groups.retrieve(group.id), group);

  has(await groups.update(group.id, { name: 'Research' }), { id: group.id, name: 'Research' });
  has(await groups.retrieve(group.id), { name: 'Research' });

  assert.deepEqual(await groups.delete(group.id), { object: 'group.deleted', id: group.id, deleted: true });
  await assert.rejects(groups.retrieve(group.id), OpenAI.NotFoundError);
});

for (const [order, expected] of [['asc', 'abcde'], ['desc', 'edcba']]) {
  test(`lists page by themselves, ${order}`, async () => {
    for (const name of 'abcde') await groups.create({ name });

    const listed = await all(groups.list({ limit: 2, order }));

    assert.equal(listed.map((group) => group.name).join(''), expected);
    const cursors = (await requests('list-groups')).map((entry) => query(entry).get('after'));
    assert.deepEqual(cursors, [null, listed[1].id, listed[3].id]);
  });
}

test('members can be added, seen and removed', async () => {
  const group = await groups.create({ name: 'Design' });
  const ann = await member('Ann');

  has(await groups.users.create(group.id, { user_id: ann }), {
    object: 'group.user',
    group_id: group.id,
    user_id: ann,
  });
  has(await groups.users.retrieve(ann, { group_id: group.id }), {
    id: ann,
    name: 'Ann',
    email: 'ann@example.com',
    user_type: 'user',
  });
  assert.deepEqual(await groups.users.delete(ann, { group_id: group.id }), {
    object: 'group.user.deleted',
    deleted: true,
  });
  assert.deepEqual(await all(groups.users.list(group.id)), []);
});

test('members are listed newest first, page by page', async () => {
  const group = await groups.create({ name: 'Design' });
  for (const name of ['Ann', 'Bob', 'Cho']) await groups.users.create(group.id, { user_id: await member(name) });

  const members = await all(groups.users.list(group.id, { limit: 2 }));

  assert.deepEqual(members.map(({ name }) => name), ['Cho', 'Bob', 'Ann']);
  assert.equal((await requests('list-group-users')).length, 2);
});

test('who is in a group already costs three requests', async () => {
  const group = await groups.create({ name: 'Design' });
  const ann = await member('Ann');
  await groups.users.create(group.id, { user_id: ann });

  await assert.rejects(groups.users.create(group.id, { user_id: ann }), OpenAI.ConflictError);

  const [, ...tries] = await requests('add-group-user');
  assert.deepEqual(tries.map((entry) => entry.answer.status), [409, 409, 409]);
  assert.deepEqual(tries.map((entry) => header(entry, 'x-stainless-retry-count')), ['0', '1', '2']);
});
