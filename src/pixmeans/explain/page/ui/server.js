// What Python does for the page where it is served by it; without a server the page says what is missing.

/** The server's answers, or null where there is none. data: what the page was given. */
export function createServer(data) {
  if (data.mode !== 'studio' || !data.token) return null;

  /** What `fetch` answers; an error says what to do where nobody answers. */
  async function reached(path, options = {}) {
    try {
      return await fetch(path, options);
    } catch (error) {
      if (error.name === 'AbortError') throw error;
      throw new Error('pixmeans studio does not answer: start it again, and open the address that it tells');
    }
  }

  async function ask(path, body, headers = {}, signal = null) {
    const isText = !(body instanceof Blob);
    const response = await reached(path, {
      method: 'POST',
      headers: {
        'X-Pixmeans-Token': data.token,
        'Content-Type': isText ? 'application/json' : 'application/octet-stream',
        ...headers,
      },
      body: isText ? JSON.stringify(body) : body,
      signal,
    });
    if (response.ok) return response;
    let words = `the server answered ${response.status}`;
    try {
      words = (await response.json()).error || words;
    } catch {
      // No JSON: the number has to do.
    }
    throw new Error(words);
  }

  /** Hands bytes over under a name: the picture as the page shows it. */
  async function upload(blob, name) {
    const answer = await ask('/api/pictures', blob, { 'X-Filename': encodeURIComponent(name) });
    return answer.json();
  }

  /** The number under which the server knows a picture, after handing it over where it does not. */
  async function known(picture) {
    if (!picture.id) {
      const blob = await (await fetch(picture.src)).blob();
      picture.id = (await upload(blob, picture.name)).id;
    }
    return picture.id;
  }

  /** Python's run: onSteps is handed its half-steps as they come. signal: ends it. */
  async function run(picture, settings, onSteps, signal) {
    const answer = await ask('/api/runs', { picture: await known(picture), settings }, {}, signal);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      const lines = (rest + (value || '')).split('\n');
      rest = lines.pop();
      if (lines.length) onSteps(lines.map((line) => JSON.parse(line)));
      if (done) return;
    }
  }

  const files = async (picture, settings, format = 'png') =>
    (await ask('/api/files', { picture: await known(picture), settings, format })).json();
  /** The bytes of a file that the server made. */
  const bytesOf = async (told) => new Uint8Array(await (await reached(told.src)).arrayBuffer());
  const exported = async (picture, settings, kind) =>
    (await ask('/api/exports', { picture: await known(picture), settings, kind })).blob();
  return { upload, run, files, bytesOf, exported };
}
