// SPDX-License-Identifier: BSD-3-Clause
// pz-s3.mjs FOLDER STORE: the S3 server of npm's @20minutes/s3rver, installed in FOLDER, on a free port of 127.0.0.1 (printed).
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [folder, directory] = process.argv.slice(2);
const found = createRequire(`${folder}/`).resolve('@20minutes/s3rver');
const { default: S3rver } = await import(pathToFileURL(found));
const server = new S3rver({ port: 0, address: '127.0.0.1', silent: true, directory, configureBuckets: [{ name: 'stage' }] });
console.log((await server.run()).port);
