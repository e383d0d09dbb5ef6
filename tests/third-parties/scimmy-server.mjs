// A SCIM server out of SCIMMY (https://scimmyjs.github.io), for proofload to be tested against.
//
// SCIMMY brings the schemas, the PATCH dialects, the filters and, with scimmy-routers, the routes; where resources are
// kept is left to its user. Here that is a map in memory, with the one rule every service has: names are unique,
// whatever their case. Nothing is mended: what SCIMMY does wrong is what proofload has to see.
//
//   node scimmy-server.mjs PORT TOKEN
//
// The packages are found beside the script: run.sh copies it into a folder for each version of express.

import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const [port, token] = process.argv.slice(2);
if (!port || !token) {
    console.error("usage: node scimmy-server.mjs PORT TOKEN");
    process.exit(2);
}

const { User, Group } = SCIMMY.Resources;

SCIMMY.Resources.declare(User.extend(SCIMMY.Schemas.EnterpriseUser), inMemory("userName"));
SCIMMY.Resources.declare(Group, inMemory("displayName"));

const bearer = { type: "bearer", handler: authenticated };
express()
    .use("/scim/v2", new SCIMMYRouters(bearer))
    .listen(Number(port), "127.0.0.1");

function authenticated(request) {
    if (request.header("Authorization") !== `Bearer ${token}`) {
        throw new Error("this token is not known");
    }
    return "proofload";
}

/** The three handlers SCIMMY asks for, over a map of their own: write, read and delete. */
function inMemory(name) {
    const records = new Map();
    const known = (id) => {
        if (!records.has(id)) throw new SCIMMY.Types.Error(404, null, `there is no resource ${id}`);
        return records.get(id);
    };
    const folded = (record) => String(record[name]).toLowerCase();
    return {
        ingress({ id }, written) {
            const before = id && known(id);
            const namesake = [...records.values()].find((other) => other.id !== id && folded(other) === folded(written));
            if (namesake) throw new SCIMMY.Types.Error(409, "uniqueness", `${name} is taken`);
            const now = new Date().toISOString();
            const record = {
                ...JSON.parse(JSON.stringify(written)),
                id: id ?? randomUUID(),
                meta: { created: before?.meta.created ?? now, lastModified: now },
            };
            records.set(record.id, record);
            return record;
        },
        egress({ id, filter }) {
            if (id) return known(id);
            const all = [...records.values()];
            return filter ? filter.match(all) : all;
        },
        degress({ id }) {
            known(id);
            records.delete(id);
        },
    };
}
