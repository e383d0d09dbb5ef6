// client.admin.organization.adminAPIKeys: list, create, retrieve, delete.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import { all, has, leaveNothingBehind, organization, query, requests } from './world.mjs';

leaveNothingBehind();

const { adminAPIKeys } = organization;

test('a new key opens the organization, is shown once, and opens nothing when it is deleted', async () => {
  const created = await adminAPIKeys.create({ name: 'deploy', expires_in_seconds: 3600 });
  has(created, { object: 'organization.admin_api_key', name: 'deploy', expires_at: created.created_at + 3600 });
  const other = new OpenAI({ adminAPIKey: created.value });
  assert.ok((await all(other.admin.organization.adminAPIKeys.list())).some(({ id }) => id === created.id));

  const key = await adminAPIKeys.retrieve(created.id);
  has(key, { id: created.id, name: 'deploy', redacted_value: created.redacted_value });
  assert.ok(!('value' in key));

  assert.deepEqual(await adminAPIKeys.delete(created.id), {
    object: 'organization.admin_api_key.deleted',
    id: created.id,
    deleted: true,
  });
  await assert.rejects(adminAPIKeys.retrieve(created.id), OpenAI.NotFoundError);
  await assert.rejects(other.admin.organization.adminAPIKeys.list(), OpenAI.AuthenticationError);
});

for (const [order, expected] of [['asc', 'abcde'], ['desc', 'edcba']]) {
  test(`lists page by themselves, ${order}`, async () => {
    for (const name of 'abcde') await adminAPIKeys.create({ name });

    const keys = await all(adminAPIKeys.list({ limit: 2, order }));

    const names = keys.map(({ name }) => name).filter((name) => expected.includes(name));
    assert.equal(names.join(''), expected);
    const [, cursor] = (await requests('admin-api-keys-list')).map((entry) => query(entry).get('after'));
    assert.equal(cursor, keys[1].id);
  });
}
