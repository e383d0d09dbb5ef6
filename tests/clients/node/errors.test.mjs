// How refusals look through the client: the class of the exception, and what is left of the body.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import { fault, has, leaveNothingBehind, openai, organization, settings } from './world.mjs';

leaveNothingBehind();

const once = openai.withOptions({ maxRetries: 0 });

async function refusal(promise, kind) {
  const error = await promise.then(() => assert.fail('it was not refused'), (error) => error);
  assert.ok(error instanceof kind, `${error}`);
  return error;
}

test('what is not there', async () => {
  const error = await refusal(organization.users.retrieve('user-nobody'), OpenAI.NotFoundError);

  has(error, { status: 404, type: 'invalid_request_error', code: 'user_not_found', param: null });
  assert.equal(error.error.message, 'The user user-nobody was not found.');
  assert.match(error.requestID, /^req_/);
});

test('a wrong key', async () => {
  const stranger = new OpenAI({ adminAPIKey: 'sk-admin-wrong-wrong-wrong' });

  const error = await refusal(stranger.admin.organization.users.list(), OpenAI.AuthenticationError);

  has(error, { status: 401, code: 'invalid_api_key' });
});

test('the admin key wins over that of a project', async () => {
  const both = new OpenAI({ apiKey: 'sk-proj-0123456789abcdef' });

  assert.deepEqual((await both.admin.organization.users.list()).data, []);
});

test('a key without a scope, and both bodies', async () => {
  await settings({ key_scope: 'no_groups' });
  let error = await refusal(organization.groups.list(), OpenAI.PermissionDeniedError);
  assert.equal(error.code, 'missing_scopes');
  assert.match(error.error.message, /Missing scopes: api\.groups\.read/);

  await settings({ forbidden_body: 'bare_string' });
  error = await refusal(organization.groups.list(), OpenAI.PermissionDeniedError);
  assert.equal(error.code, undefined);
  assert.match(error.error, /^You have insufficient permissions for this operation\./);
});

test('a page of a proxy', async () => {
  await fault('list-users', { status: { status: 502, body: 'html' } });

  const error = await refusal(once.admin.organization.users.list(), OpenAI.InternalServerError);

  assert.equal(error.status, 502);
  assert.match(error.message, /<html/);
});

test('a code that is a number', async () => {
  await fault('retrieve-user', { status: { status: 404, body: 'numeric_code' } });

  const error = await refusal(organization.users.retrieve('user-nobody'), OpenAI.NotFoundError);

  has(error, { status: 404, code: undefined, error: undefined });
});

for (const action of ['reset', 'half_body']) {
  test(`a connection that breaks: ${action}`, async () => {
    await fault('list-users', action, { phase: 'after' });

    await assert.rejects(once.admin.organization.users.list());
  });
}
