// Nothing: CMake wants a file to precompile headers for.
