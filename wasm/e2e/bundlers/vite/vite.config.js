// The API is another program, as it is in most projects while they are developed. It
// sees the host that the browser asks for, which Vite's short form of this would change.
export default { server: { proxy: { "/api": { target: process.env.API, changeOrigin: false } } } };
