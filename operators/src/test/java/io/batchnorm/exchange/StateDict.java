package io.batchnorm.exchange;

import java.nio.charset.StandardCharsets;

/**
 * The state of a {@code torch.nn.BatchNorm2d(2)} with seven batches behind it, as {@code
 * safetensors.torch.save_file} 0.8.0 wrote it: 400 bytes.
 */
final class StateDict {

  static final String HEADER =
      "{\"__metadata__\":{\"format\":\"pt\"},"
          + "\"num_batches_tracked\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},"
          + "\"bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]},"
          + "\"running_mean\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[16,24]},"
          + "\"running_var\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[24,32]},"
          + "\"weight\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[32,40]}}  ";

  static final byte[] BYTES =
      Fixtures.concat(
          Fixtures.hex("6001000000000000"),
          HEADER.getBytes(StandardCharsets.UTF_8),
          Fixtures.hex(
              "0700000000000000 0000000000000000 0000803e0000c0bf 0000803f0000803f"
                  + "0000803f0000803f"));

  private StateDict() {}
}
