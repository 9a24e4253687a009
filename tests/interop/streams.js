// Drives the streaming URLs of a CRI runtime with clients that are not crid's own, and exits with 0 when all of it is right.
//   node streams.js spdy-exec|websocket-exec URL    the command is: sh -c 'cat; echo problem >&2; exit 7'
//   node streams.js spdy-port|websocket-port URL PORT    the port sends back what it gets
'use strict';
const assert = require('node:assert');
const net = require('node:net');
const transport = require('spdy-transport');
const WebSocket = require('ws');

const [mode, address, port] = process.argv.slice(2);
const url = new URL(address);
const text = 'grüße\n'.repeat(2000);

async function collect(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString();
}

function upgrade(protocol) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(url.port), url.hostname, () => socket.write(
      `POST ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n`
      + `X-Stream-Protocol-Version: ${protocol}\r\nContent-Length: 0\r\n\r\n`));
    let head = Buffer.alloc(0);
    socket.on('error', reject);
    socket.on('data', function read(chunk) {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      socket.removeListener('data', read);
      socket.pause();
      assert.match(head.toString(), /^HTTP\/1\.1 101 /);
      assert.match(head.toString(), new RegExp(`X-Stream-Protocol-Version: ${protocol}`, 'i'));
      assert.strictEqual(head.length, end + 4, 'bytes before the first frame of the client');
      const connection = transport.connection.create(socket, { protocol: 'spdy', isServer: false });
      connection.start(3.1);
      connection.on('error', reject);
      resolve({ socket, connection });
    });
  });
}

function open(connection, headers) {
  return new Promise((resolve, reject) => {
    connection.request({ method: 'POST', host: 'x', path: '/', headers }, (error, stream) => {
      if (error) return reject(error);
      stream.on('response', () => resolve(stream));
      stream.on('error', reject);
    });
  });
}

async function spdyExec() {
  const { socket, connection } = await upgrade('v4.channel.k8s.io');
  const streams = {};
  for (const streamtype of ['error', 'stdin', 'stdout', 'stderr']) streams[streamtype] = await open(connection, { streamtype });
  streams.stdin.end(text);
  const [stdout, stderr, status] = await Promise.all([streams.stdout, streams.stderr, streams.error].map(collect));
  assert.strictEqual(stdout, text);
  assert.strictEqual(stderr, 'problem\n');
  const cause = JSON.parse(status).details.causes[0];
  assert.deepStrictEqual(cause, { reason: 'ExitCode', message: '7' });
  socket.destroy();
}

async function spdyPort() {
  const { socket, connection } = await upgrade('portforward.k8s.io');
  await Promise.all([0, 1, 2].map(async (requestid) => {
    const error = await open(connection, { streamtype: 'error', port, requestid: String(requestid) });
    error.end();
    const data = await open(connection, { streamtype: 'data', port, requestid: String(requestid) });
    data.end(`${requestid} ${text}`);
    const [back, problem] = await Promise.all([collect(data), collect(error)]);
    assert.strictEqual(back, `${requestid} ${text}`);
    assert.strictEqual(problem, '');
  }));
  socket.destroy();
}

function webSocket(protocols, onOpen) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address.replace(/^http/, 'ws'), protocols);
    const channels = new Map();
    socket.on('open', () => onOpen(socket));
    socket.on('message', (message) => {
      const channel = message[0];
      channels.set(channel, Buffer.concat([channels.get(channel) ?? Buffer.alloc(0), message.subarray(1)]));
    });
    socket.on('close', (code) => (code === 1000 ? resolve({ channels, protocol: socket.protocol }) : reject(new Error(`closed with ${code}`))));
    socket.on('error', reject);
  });
}

async function webSocketExec() {
  const { channels, protocol } = await webSocket(['v5.channel.k8s.io'], (socket) => {
    socket.send(Buffer.concat([Buffer.from([0]), Buffer.from(text)]));
    socket.send(Buffer.from([255, 0]));
  });
  assert.strictEqual(protocol, 'v5.channel.k8s.io');
  assert.strictEqual(channels.get(1).toString(), text);
  assert.strictEqual(channels.get(2).toString(), 'problem\n');
  assert.strictEqual(JSON.parse(channels.get(3)).details.causes[0].message, '7');
}

async function webSocketPort() {
  const { channels } = await webSocket(['v5.channel.k8s.io'], (socket) => {
    socket.send(Buffer.concat([Buffer.from([0]), Buffer.from(text)]));
    socket.send(Buffer.from([255, 0]));
  });
  assert.strictEqual(channels.get(0).readUInt16LE(0), Number(port));
  assert.strictEqual(channels.get(0).subarray(2).toString(), text);
  assert.strictEqual(channels.get(1).length, 2);
}

const modes = { 'spdy-exec': spdyExec, 'spdy-port': spdyPort, 'websocket-exec': webSocketExec, 'websocket-port': webSocketPort };
const limit = setTimeout(() => { console.error(`${mode}: nothing happens`); process.exit(1); }, 30000);
modes[mode]().then(() => { clearTimeout(limit); process.exit(0); }, (error) => { console.error(error); process.exit(1); });
