// The API is another program, as it is in most projects while they are developed.
export default { server: { proxy: { "/api": process.env.API } } };
