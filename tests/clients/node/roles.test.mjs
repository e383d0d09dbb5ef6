// Roles of the organization and of a project, and their assignment to users and groups.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import { all, has, leaveNothingBehind, member, organization, requests } from './world.mjs';

leaveNothingBehind();

const { groups, projects, users } = organization;
const permissions = ['api.groups.read'];
const custom = (roles) => roles.filter((role) => !role.predefined_role);
const apollo = async () => (await projects.create({ name: 'Apollo' })).id;

test('a role of the organization: made, changed, listed, deleted', async () => {
  const { roles } = organization;
  const role = await roles.create({ role_name: 'Librarian', permissions, description: 'Keeps order' });
  has(role, { object: 'role', name: 'Librarian', permissions, resource_type: 'api.organization' });
  assert.deepEqual(await roles.retrieve(role.id), role);

  has(await roles.update(role.id, { role_name: 'Archivist' }), { name: 'Archivist', description: 'Keeps order' });
  const names = custom(await all(roles.list({ limit: 1 }))).map(({ name }) => name);
  assert.deepEqual(names, ['Archivist']);
  assert.ok((await requests('list-roles')).length >= 3);

  assert.deepEqual(await roles.delete(role.id), { object: 'role.deleted', id: role.id, deleted: true });
  await assert.rejects(roles.retrieve(role.id), OpenAI.NotFoundError);
});

test('a role of a project: made, changed, listed, deleted', async () => {
  const project_id = await apollo();
  const role = await projects.roles.create(project_id, { role_name: 'Librarian', permissions });
  has(role, { object: 'role', name: 'Librarian', permissions, resource_type: 'api.project' });
  assert.deepEqual(await projects.roles.retrieve(role.id, { project_id }), role);

  has(await projects.roles.update(role.id, { project_id, role_name: 'Archivist' }), { name: 'Archivist', permissions });
  const names = custom(await all(projects.roles.list(project_id, { limit: 1 }))).map(({ name }) => name);
  assert.deepEqual(names, ['Archivist']);
  assert.ok((await requests('list-project-roles')).length >= 3);

  assert.deepEqual(await projects.roles.delete(role.id, { project_id }), {
    object: 'role.deleted',
    id: role.id,
    deleted: true,
  });
  await assert.rejects(projects.roles.retrieve(role.id, { project_id }), OpenAI.NotFoundError);
});

// The four places where roles are assigned: api, principal, where it is, and a maker of roles that fit.
const places = {
  'a user': async () => ({
    api: users.roles,
    principal: { user_id: await member('Ann') },
    makeRole: (name) => organization.roles.create({ role_name: name, permissions }),
  }),
  'a group': async () => ({
    api: groups.roles,
    principal: { group_id: (await groups.create({ name: 'Design' })).id },
    makeRole: (name) => organization.roles.create({ role_name: name, permissions }),
  }),
  'a user of a project': async () => {
    const [project_id, user_id] = [await apollo(), await member('Ann')];
    await projects.users.create(project_id, { user_id, role: 'member' });
    return {
      api: projects.users.roles,
      principal: { user_id },
      project: { project_id },
      makeRole: (name) => projects.roles.create(project_id, { role_name: name, permissions }),
    };
  },
  'a group of a project': async () => {
    const [project_id, group] = [await apollo(), await groups.create({ name: 'Design' })];
    await projects.groups.create(project_id, { group_id: group.id, role: 'role-api-project-member' });
    return {
      api: projects.groups.roles,
      principal: { group_id: group.id },
      project: { project_id },
      makeRole: (name) => projects.roles.create(project_id, { role_name: name, permissions }),
    };
  },
};

for (const [name, prepare] of Object.entries(places)) {
  test(`roles of ${name}: assigned, shown, listed, taken back`, async () => {
    const { api, principal, project = {}, makeRole } = await prepare();
    const [[kind, id]] = Object.entries(principal).map(([key, value]) => [key.replace('_id', ''), value]);
    const where = { ...principal, ...project };
    const made = [await makeRole('a'), await makeRole('b'), await makeRole('c')];

    for (const role of made) {
      const assigned = await api.create(id, { ...project, role_id: role.id });
      has(assigned, { object: `${kind}.role`, role });
      assert.equal(assigned[kind].id, id);
    }

    const shown = await api.retrieve(made[0].id, where);
    has(shown, { id: made[0].id, name: 'a', permissions });
    assert.deepEqual(shown.assignment_sources, []);
    const listed = custom(await all(api.list(id, { ...project, limit: 2, order: 'asc' })));
    assert.deepEqual(listed.map((role) => role.name), ['a', 'b', 'c']);

    assert.deepEqual(await api.delete(made[0].id, where), { object: `${kind}.role.deleted`, deleted: true });
    await assert.rejects(api.retrieve(made[0].id, where), OpenAI.NotFoundError);
    const left = custom(await all(api.list(id, project)));
    assert.deepEqual(left.map((role) => role.name).sort(), ['b', 'c']);
  });
}
