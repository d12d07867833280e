package io.batchnorm.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsRejectionTest {

  private static final long SMALL = 64 << 10;
  private static final int LONGEST_HEADER = 100_000_000;

  static Stream<Arguments> badHeaders() {
    return Stream.of(
        arguments("", "does not start with '{'"),
        arguments(" {}", "does not start with '{'"),
        arguments("\ufeff{}", "does not start with '{'"),
        arguments("[]", "does not start with '{'"),
        arguments("{", "does not end with '}' and spaces"),
        arguments("{}\n", "does not end with '}' and spaces"),
        arguments("{}\0", "does not end with '}' and spaces"),
        arguments("{} {}", "goes on after the closing brace"),
        arguments("{}}", "not valid JSON"),
        arguments("{a:1}", "not valid JSON"),
        arguments("{'a':1}", "not valid JSON"),
        arguments("{\"a\":{\"dtype\":}", "not valid JSON"),
        arguments("{/**/}", "not valid JSON"),
        arguments("{\"a\u0001\":{}}", "not valid JSON"),
        arguments("{\"a\":NaN}", "not valid JSON"),
        arguments("{\"a\":1}", "tensor 'a' has an integer as its value, expected an object"),
        arguments("{\"a\":null}", "tensor 'a' has null as its value, expected an object"),
        arguments("{\"a\":{}}", "tensor 'a' lacks a field, expected dtype, shape and data_offsets"),
        arguments(tensor("\"dtype\":\"F32\",\"shape\":[1]"), "lacks a field"),
        arguments(tensor("\"dtype\":\"F32\",\"data_offsets\":[0,4]"), "lacks a field"),
        arguments(tensor("\"shape\":[1],\"data_offsets\":[0,4]"), "lacks a field"),
        arguments(tensor("\"dtype\":\"F32\",\"dtype\":\"F32\""), "Duplicate field 'dtype'"),
        arguments(tensor("\"x\":1"), "has the field 'x', expected only dtype, shape and"),
        arguments(tensor("\"dtype\":7"), "has an integer as its dtype, expected a string"),
        arguments(tensor("\"shape\":1"), "has an integer as its shape, expected an array"),
        arguments(tensor("\"shape\":[1.0]"), "has a number with a fraction or exponent as its"),
        arguments(tensor("\"shape\":[1e2]"), "has a number with a fraction or exponent as its"),
        arguments(tensor("\"shape\":[\"1\"]"), "has a string as its shape, expected an integer"),
        arguments(tensor("\"shape\":[true]"), "has a boolean as its shape"),
        arguments(tensor("\"shape\":[[1]]"), "has an array as its shape"),
        arguments(tensor("\"shape\":[-1]"), "has a negative number in its shape"),
        arguments(tensor("\"shape\":[-0]"), "has a negative number in its shape"),
        arguments(tensor("\"shape\":[01]"), "not valid JSON"),
        arguments(tensor("\"shape\":[9223372036854775808]"), "not valid JSON"),
        arguments(tensor("\"shape\":[" + "9".repeat(100) + "]"), "not valid JSON"),
        arguments(tensor("\"data_offsets\":[0,-4]"), "has a negative number in its data_offsets"),
        arguments(f32("[1]", "[0]"), "has data_offsets [0], expected [begin, end]"),
        arguments(f32("[1]", "[4,0]"), "data_offsets [4, 0], expected [begin, end] with begin not"),
        arguments(f32("[1]", "[0,8]"), "has 8 bytes, but shape (1,) of F32 needs 4"),
        arguments(f32("[]", "[0,0]"), "has 0 bytes, but shape () of F32 needs 4"),
        arguments(f32("[0]", "[0,4]"), "has 4 bytes, but shape (0,) of F32 needs 0"),
        arguments(f32("[4294967296,4294967296]", "[0,0]"), "of F32 needs more than 2^63 bits"),
        arguments(f32("[4611686018427387904]", "[0,0]"), "of F32 needs more than 2^63 bits"),
        arguments(f32("[4611686018427387905]", "[0,4]"), "of F32 needs more than 2^63 bits"),
        arguments(
            "{\"a\":{\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,1]}}", "part of a byte"),
        arguments(f32("[1]", "[4,8]"), "begins at byte 4 of the data, expected 0"),
        arguments(two("[0,4]", "[2,6]"), "'b' begins at byte 2 of the data, expected 4"),
        arguments(two("[0,4]", "[0,4]"), "'b' begins at byte 0 of the data, expected 4"),
        arguments(two("[0,4]", "[8,12]"), "'b' begins at byte 8 of the data, expected 4"),
        arguments(f32("[1]", "[0,4]"), "its tensors take 4 bytes, but 8 follow the header"),
        arguments(f32("[3]", "[0,12]"), "its tensors take 12 bytes, but 8 follow the header"),
        arguments("{}", "its tensors take 0 bytes, but 8 follow"),
        arguments(two("[0,4]", "[4,8]").replace("\"b\"", "\"a\""), "Duplicate field 'a'"),
        arguments(two("[0,4]", "[4,8]").replace("\"b\"", "\"\\u0061\""), "Duplicate field 'a'"),
        arguments("{\"\\ud800\":{}}", "half of a surrogate pair"),
        arguments("{\"__metadata__\":[]}", "'__metadata__' has an array as its value, expected an"),
        arguments("{\"__metadata__\":{\"a\":1}}", "has an integer as its a, expected a string"),
        arguments("{\"__metadata__\":{\"a\":null}}", "has null as its a, expected a string"),
        arguments("{\"__metadata__\":{\"a\":\"\\udc00\"}}", "half of a surrogate pair"),
        arguments("{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}}", "Duplicate field 'a'"),
        arguments("{\"__metadata__\":{},\"__metadata__\":{}}", "Duplicate field '__metadata__'"));
  }

  @ParameterizedTest
  @MethodSource("badHeaders")
  void refusesAHeaderThatBreaksTheFormatAndSaysHow(String json, String reason) {
    ExchangeException refusal = refusal(Fixtures.safetensors(json, 8));

    assertThat(refusal.fault()).isEqualTo(Fault.MALFORMED_FILE);
    assertThat(refusal).hasMessageStartingWith("bad: ").hasMessageContaining(reason);
  }

  @ParameterizedTest
  @ValueSource(strings = {"F31", "f32", "", "F32 ", "float32"})
  void refusesUnknownTypesByName(String dtype) {
    String json = "{\"a\":{\"dtype\":\"" + dtype + "\",\"shape\":[2],\"data_offsets\":[0,8]}}";

    ExchangeException refusal = refusal(Fixtures.safetensors(json, 8));

    assertThat(refusal.fault()).isEqualTo(Fault.UNSUPPORTED_DTYPE);
    assertThat(refusal)
        .hasMessageContaining("tensor 'a' has dtype '" + dtype + "', expected one of [BOOL, ");
  }

  @Test
  void refusesBytesThatAreNotUtf8AndOtherEncodingsOfJson() {
    byte[] badUtf8 = "{\"\u00ff\":1}".getBytes(StandardCharsets.ISO_8859_1);
    byte[] utf16 = "{\"a\":{}}".getBytes(StandardCharsets.UTF_16LE);

    assertThat(refusal(Fixtures.safetensors(badUtf8, 0))).hasMessageContaining("not valid UTF-8");
    assertThat(refusal(Fixtures.safetensors(utf16, 0)).fault()).isEqualTo(Fault.MALFORMED_FILE);
  }

  @Test
  void refusesEveryTruncationAndAnyExtraByte() {
    byte[] file = StateDict.BYTES;
    for (int length = 0; length < file.length; length++) {
      assertThat(refusal(Arrays.copyOf(file, length)).fault()).isEqualTo(Fault.MALFORMED_FILE);
    }
    assertThat(refusal(Arrays.copyOf(file, 401)))
        .hasMessageContaining("take 40 bytes, but 41 follow the header");
    assertThat(refusal(Arrays.copyOf(file, 7)))
        .hasMessageContaining("7 bytes, expected at least 8");
  }

  @ParameterizedTest
  @ValueSource(longs = {9, 1L << 20, Integer.MAX_VALUE, 1L << 31, Long.MAX_VALUE, -1, -400})
  void refusesALengthBeyondTheFileWithoutAllocating(long length) throws Exception {
    byte[] file = new byte[16];
    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
    refusal(file);

    long allocated = Allocation.bytesOf(() -> refusal(file));

    assertThat(refusal(file))
        .hasMessageContaining(
            "announce a header of %s bytes, but only 8 follow"
                .formatted(Long.toUnsignedString(length)));
    assertThat(allocated).isLessThan(SMALL);
  }

  @Test
  void refusesHeadersThatTheReferenceImplementationRefuses() throws Exception {
    byte[] header = new byte[LONGEST_HEADER + 1];
    Arrays.fill(header, (byte) ' ');
    header[0] = '{';
    header[1] = '}';

    ExchangeException refusal = refusal(Fixtures.safetensors(header, 0));

    assertThat(refusal.fault()).isEqualTo(Fault.TOO_LARGE);
    assertThat(refusal).hasMessageContaining("a header of 100000001 bytes, expected at most");
    byte[] most = Fixtures.safetensors(Arrays.copyOf(header, LONGEST_HEADER), 0);
    assertThat(SafetensorsReader.read(most, "f").tensors()).isEmpty();
  }

  @Test
  void refusesMoreThanThirtyTwoDimensionsAndMoreThanTwoOffsets() throws Exception {
    String most = f32("[" + "1,".repeat(31) + "1]", "[0,4]");
    String more = f32("[" + "1,".repeat(32) + "1]", "[0,4]");

    assertThat(SafetensorsReader.read(Fixtures.safetensors(most, 4), "f").tensors()).hasSize(1);
    assertThat(refusal(Fixtures.safetensors(more, 4)).fault()).isEqualTo(Fault.TOO_LARGE);
    assertThat(refusal(Fixtures.safetensors(f32("[1]", "[0,4,8]"), 8)))
        .hasMessageContaining("a data_offsets of more than 2 numbers");
  }

  @Test
  void refusesDeepNestingWithoutRecursion() {
    String deep = "{\"a\":" + "[".repeat(1_000_000) + "]".repeat(1_000_000) + "}";

    assertThat(refusal(Fixtures.safetensors(deep, 0)).fault()).isEqualTo(Fault.MALFORMED_FILE);
  }

  @Test
  void recognizesFilesOfOtherFormats() {
    assertThat(refusal(Fixtures.resource("bad-archive.npz")))
        .hasMessageContaining("looks like a zip file (.npz or .pt)")
        .hasMessageContaining("safetensors.torch.save_file(model.state_dict(), f)");
    assertThat(refusal(Fixtures.resource("vector.npy"))).hasMessageContaining("a .npy file");
  }

  private static String tensor(String fields) {
    return "{\"a\":{" + fields + "}}";
  }

  private static String f32(String shape, String offsets) {
    return tensor("\"dtype\":\"F32\",\"shape\":" + shape + ",\"data_offsets\":" + offsets);
  }

  private static String two(String first, String second) {
    String one = ":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":";
    return "{\"a\"" + one + first + "},\"b\"" + one + second + "}}";
  }

  private static ExchangeException refusal(byte[] file) {
    return catchThrowableOfType(ExchangeException.class, () -> SafetensorsReader.read(file, "bad"));
  }
}
