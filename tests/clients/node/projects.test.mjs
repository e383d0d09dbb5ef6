// client.admin.organization.projects, with users, groups and service accounts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import { accept, all, has, leaveNothingBehind, member, organization, query, requests } from './world.mjs';

leaveNothingBehind();

const { groups, projects } = organization;
const MEMBER = 'role-api-project-member';
const custom = (found) => found.filter(({ name }) => name !== 'Default project');

test('a project can be made, seen, renamed and archived', async () => {
  const residency = 'EU_STORAGE_PROCESSING';
  const project = await projects.create({ name: 'Apollo', residency });
  has(project, { object: 'organization.project', name: 'Apollo', status: 'active', residency });
  assert.deepEqual(await projects.retrieve(project.id), project);

  has(await projects.update(project.id, { name: 'Artemis' }), { id: project.id, name: 'Artemis' });
  has(await projects.archive(project.id), { id: project.id, status: 'archived' });
  assert.deepEqual(custom(await all(projects.list())), []);
  assert.equal(custom(await all(projects.list({ include_archived: true }))).length, 1);
});

test('lists page by themselves', async () => {
  for (const name of 'abcd') await projects.create({ name });

  const listed = await all(projects.list({ limit: 2 }));

  assert.equal(custom(listed).map(({ name }) => name).join(''), 'dcba');
  const cursors = (await requests('list-projects')).map((entry) => query(entry).get('after'));
  assert.deepEqual(cursors, [null, listed[1].id, listed[3].id]);
});

test('what is not there is said in the words of OpenAI', async () => {
  await assert.rejects(projects.retrieve('proj_nothing'), { status: 404, code: 'project_not_found' });
});

test('an invite can carry projects', async () => {
  const project = await projects.create({ name: 'Apollo' });
  const entry = { id: project.id, role: 'owner' };
  const invite = await organization.invites.create({ email: 'ann@example.com', role: 'reader', projects: [entry] });
  assert.deepEqual(invite.projects, [entry]);

  const ann = await accept(invite.id, 'Ann');

  has(await projects.users.retrieve(ann, { project_id: project.id }), { id: ann, role: 'owner' });
});

test('users of a project: added, changed, listed, removed', async () => {
  const { id: project_id } = await projects.create({ name: 'Apollo' });
  const [ann, bob, cho] = [await member('Ann'), await member('Bob'), await member('Cho')];
  const added = await projects.users.create(project_id, { user_id: ann, role: 'member' });
  has(added, { object: 'organization.project.user', id: ann, name: 'Ann', email: 'ann@example.com', role: 'member' });
  await projects.users.create(project_id, { email: 'bob@example.com', role: 'member' });
  await projects.users.create(project_id, { user_id: cho, role: 'owner' });

  has(await projects.users.update(ann, { project_id, role: 'owner' }), { id: ann, role: 'owner' });
  has(await projects.users.retrieve(bob, { project_id }), { id: bob, role: 'member' });
  const listed = await all(projects.users.list(project_id, { limit: 2 }));
  assert.deepEqual(listed.map(({ id }) => id), [cho, bob, ann]);
  assert.equal((await requests('list-project-users')).length, 2);

  assert.deepEqual(await projects.users.delete(ann, { project_id }), {
    object: 'organization.project.user.deleted',
    id: ann,
    deleted: true,
  });
  await assert.rejects(projects.users.retrieve(ann, { project_id }), OpenAI.NotFoundError);
});

test('groups of a project: added, listed, removed', async () => {
  const { id: project_id } = await projects.create({ name: 'Apollo' });
  const made = [];
  for (const name of 'abc') made.push(await groups.create({ name }));
  for (const { id, name } of made) {
    const added = await projects.groups.create(project_id, { group_id: id, role: MEMBER });
    has(added, { object: 'project.group', project_id, group_id: id, group_name: name, group_type: 'group' });
  }

  const [{ id: group_id }] = made;
  has(await projects.groups.retrieve(group_id, { project_id }), { group_id, group_name: 'a' });
  const listed = await all(projects.groups.list(project_id, { limit: 2 }));
  assert.equal(listed.map(({ group_name }) => group_name).join(''), 'abc');
  assert.equal((await requests('list-project-groups')).length, 2);

  assert.deepEqual(await projects.groups.delete(group_id, { project_id }), {
    object: 'project.group.deleted',
    deleted: true,
  });
  await assert.rejects(projects.groups.retrieve(group_id, { project_id }), OpenAI.NotFoundError);
});

test('service accounts: made with a key, changed, listed, given another key, deleted', async () => {
  const { id: project_id } = await projects.create({ name: 'Apollo' });
  const { serviceAccounts } = projects;
  const robot = await serviceAccounts.create(project_id, { name: 'robot' });
  has(robot, { object: 'organization.project.service_account', name: 'robot' });
  assert.match(robot.api_key.value, /^sk-/);
  const bare = await serviceAccounts.create(project_id, { name: 'bare', create_service_account_only: true });
  assert.equal(bare.api_key, null);

  const account = await serviceAccounts.retrieve(robot.id, { project_id });
  has(account, { id: robot.id, name: 'robot', created_at: robot.created_at });
  assert.ok(!('api_key' in account));
  const changed = await serviceAccounts.update(robot.id, { project_id, name: 'android', role: 'owner' });
  has(changed, { id: robot.id, name: 'android', role: 'owner' });
  const key = await serviceAccounts.apiKeys.create(robot.id, { project_id, name: 'second' });
  has(key, { object: 'organization.project.service_account.api_key', name: 'second' });
  assert.notEqual(key.value, robot.api_key.value);
  const listed = await all(serviceAccounts.list(project_id, { limit: 1 }));
  assert.deepEqual(listed.map(({ name }) => name), ['bare', 'android']);
  assert.equal((await requests('list-project-service-accounts')).length, 2);

  assert.deepEqual(await serviceAccounts.delete(robot.id, { project_id }), {
    object: 'organization.project.service_account.deleted',
    id: robot.id,
    deleted: true,
  });
  await assert.rejects(serviceAccounts.retrieve(robot.id, { project_id }), OpenAI.NotFoundError);
});
