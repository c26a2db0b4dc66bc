// Sends requests with Node's http module, eight at once, over connections that are kept; prints how often what came of it.
'use strict';
const http = require('node:http');

const given = JSON.parse(process.argv[2]);
const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
const outcomes = {};
let left = given.count;

function count(outcome) {
  outcomes[outcome] = (outcomes[outcome] || 0) + 1;
}

function one() {
  return new Promise((resolve) => {
    const headers = { 'X-Auth-Token': given.token, 'Content-Type': given.type, 'Content-Length': given.size };
    const request = http.request(given.url, { method: given.method, headers, agent });
    let status = null;
    const done = (outcome) => {
      if (status === null) count((status = outcome));
      resolve();
    };
    request.on('response', (response) => {
      response.on('end', () => done(String(response.statusCode)));
      response.on('error', (error) => done(error.code || error.message));
      response.resume();
    });
    request.on('error', (error) => done(error.code || error.message));
    request.setTimeout(60000, () => request.destroy(new Error('timeout')));
    if (given.pause) {
      request.flushHeaders();
      setTimeout(() => request.end(Buffer.alloc(given.size, 'x')), given.pause);
    } else {
      request.end(Buffer.alloc(given.size, 'x'));
    }
  });
}

async function work() {
  while (left-- > 0) await one();
}

Promise.all(Array.from({ length: 8 }, work)).then(() => {
  console.log(JSON.stringify(outcomes));
  process.exit(0);
});
