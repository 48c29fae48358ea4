// Stands for every *.test.ts in this folder: the build puts their imports here, so that adding a test needs no list.
export {}
