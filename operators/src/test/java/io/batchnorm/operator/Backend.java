package io.batchnorm.operator;

import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;

/** Both state backends: one hands out its own objects, the other copies. */
enum Backend {
  HASHMAP,
  ROCKSDB;

  StateBackend create() {
    return this == HASHMAP ? new HashMapStateBackend() : new EmbeddedRocksDBStateBackend();
  }

  Backend other() {
    return this == HASHMAP ? ROCKSDB : HASHMAP;
  }
}
