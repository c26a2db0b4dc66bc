// Sends requests with Node's http module, eight at a time, over persistent connections. Prints the number of requests by
// outcome.
'use strict';
const http = require('node:http');

const given = JSON.parse(process.argv[2]);
const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
const outcomes = {};
let remaining = given.count;

function count(outcome) {
  outcomes[outcome] = (outcomes[outcome] || 0) + 1;
}

// Sends one request and counts its outcome: the status, or the error.
function send() {
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
    if (given.delay) {
      request.flushHeaders();
      setTimeout(() => request.end(Buffer.alloc(given.size, 'x')), given.delay);
    } else {
      request.end(Buffer.alloc(given.size, 'x'));
    }
  });
}

async function work() {
  while (remaining-- > 0) await send();
}

Promise.all(Array.from({ length: 8 }, work)).then(() => {
  console.log(JSON.stringify(outcomes));
  process.exit(0);
});
