// client.admin.organization.auditLogs: every change writes an event, and the filters find the right ones.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accept, all, leaveNothingBehind, organization, query, requests } from './world.mjs';

leaveNothingBehind();

const { auditLogs, groups, invites } = organization;
const told = (logs) => logs.map((log) => `${log.type} ${log[log.type].id}`);

async function history() {
  const invite = await invites.create({ email: 'ann@example.com', role: 'reader', projects: [] });
  const ann = await accept(invite.id, 'Ann');
  const group = await groups.create({ name: 'Design' });
  await groups.delete(group.id);
  return [
    `group.deleted ${group.id}`,
    `group.created ${group.id}`,
    `user.added ${ann}`,
    `invite.accepted ${invite.id}`,
    `invite.sent ${invite.id}`,
  ];
}

test('every change writes an event, newest first, page by page', async () => {
  const happened = await history();

  assert.deepEqual(told(await all(auditLogs.list({ limit: 2 }))), happened);
  assert.equal((await requests('list-audit-logs')).length, 3);
});

test('filters by type, thing, actor and time', async () => {
  const happened = await history();
  const [, groupId] = happened[0].split(' ');

  const created = await all(auditLogs.list({ event_types: ['group.created'] }));
  assert.deepEqual(told(created), [happened[1]]);
  assert.deepEqual(created[0]['group.created'], { id: groupId, data: { group_name: 'Design' } });
  assert.equal(created[0].actor.type, 'api_key');

  assert.deepEqual(told(await all(auditLogs.list({ resource_ids: [groupId] }))), happened.slice(0, 2));
  assert.deepEqual(told(await all(auditLogs.list({ actor_ids: ['user-nobody'] }))), []);
  const { effective_at: time } = created[0];
  assert.deepEqual(told(await all(auditLogs.list({ effective_at: { gt: time + 60 } }))), []);
  assert.deepEqual(told(await all(auditLogs.list({ effective_at: { gte: time - 60, lte: time + 60 } }))), happened);
  const last = (await requests('list-audit-logs')).at(-1);
  assert.deepEqual([...query(last).keys()].sort(), ['effective_at[gte]', 'effective_at[lte]']);
});
