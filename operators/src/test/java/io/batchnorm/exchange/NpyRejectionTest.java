package io.batchnorm.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.ByteArrayInputStream;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpyRejectionTest {

  private static final long SMALL = 64 << 10;

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "bad-object;pickled objects, which are refused unread",
        "bad-structured;structured",
        "bad-complex;complex numbers, dtype '<c8'",
        "bad-unicode;strings",
        "bad-bytes;strings",
        "bad-datetime;dates or durations",
        "bad-void;raw bytes",
        "bad-longdouble;floats of an unknown width, dtype '<f16'",
      })
  void refusesTypesThatAreNotNumbersAndSaysHowToSaveThem(String name, String reason) {
    ExchangeException refusal = refusal(Fixtures.resource(name + ".npy"));

    assertThat(refusal.fault()).isEqualTo(Fault.UNSUPPORTED_DTYPE);
    assertThat(refusal).hasMessageStartingWith("bad.npy: its elements are ");
    assertThat(refusal).hasMessageContaining(reason).hasMessageContaining("np.save(f, a");
    assertThat(refusal).hasMessageContaining(".astype(np.float32))");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "<", "<i3", "|f1", "!f4", "<f4 ", "float32", "<f4\0", "<", "é"})
  void refusesTypesItDoesNotKnow(String descr) {
    byte[] file =
        Fixtures.npy(
            "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (0,)}", new byte[0]);

    assertThat(refusal(file).fault()).isEqualTo(Fault.UNSUPPORTED_DTYPE);
  }

  static Stream<Arguments> badHeaders() {
    return Stream.of(
        arguments("", "its end at position 0, expected '{'"),
        arguments("[1]", "expected '{'"),
        arguments("{}", "lacks a key, expected 'descr', 'fortran_order' and 'shape'"),
        arguments("{'descr': '<f4', 'fortran_order': False}", "lacks a key"),
        arguments("{'descr': '<f4', 'shape': (2,)}", "lacks a key"),
        arguments("{'fortran_order': False, 'shape': (2,)}", "lacks a key"),
        arguments("{'descr': '<f4', 'x': 1}", "has the key 'x', expected only"),
        arguments("{'descr': '<f4', 'descr': '<f8'", "has the key 'descr' twice"),
        arguments("{'fortran_order': True, 'fortran_order': True", "key 'fortran_order' twice"),
        arguments("{'shape': (2,), 'shape': (2,)", "has the key 'shape' twice"),
        arguments("{'fortran_order': 0}", "'0}' at position 18, expected True or False"),
        arguments("{'fortran_order': 'True'}", "expected True or False"),
        arguments("{'fortran_order': Truex}", "'x}' at position 22, expected '}'"),
        arguments("{'shape': 2}", "expected '('"),
        arguments("{'shape': (2)}", "expected a tuple for shape, which with one number ends"),
        arguments("{'shape': [2]}", "expected '('"),
        arguments("{'shape': (-1,)}", "'-1,)}' at position 11, expected a dimension, a whole"),
        arguments("{'shape': (2.0,)}", "after a dimension"),
        arguments("{'shape': (02,)}", "expected a dimension"),
        arguments("{'shape': (,)}", "expected a dimension"),
        arguments("{'shape': (2,,)}", "expected a dimension"),
        arguments("{'shape': (2 3)}", "expected ',' or ')' after a dimension"),
        arguments("{'shape': (2LL,)}", "after a dimension"),
        arguments("{'shape': (2**30,)}", "after a dimension"),
        arguments("{'shape': (True,)}", "expected a dimension"),
        arguments("{'shape': ((2,),)}", "expected a dimension"),
        arguments("{'shape': (\u00b2,)}", "expected a dimension"),
        arguments("{'shape': (2,", "its end at position 13, expected a dimension"),
        arguments("{'shape': (99999999999999999999,)}", "dimension 99999999999999999999, above"),
        arguments("{,}", "expected a string in quotes"),
        arguments("{'shape': (2,),,}", "expected a string in quotes"),
        arguments("{shape: (2,)}", "expected a string in quotes"),
        arguments("{'shape", "expected a string that ends"),
        arguments("{'shape\"", "expected a string that ends"),
        arguments("{'sh\\x61pe': (2,)}", "expected a string that ends and has no backslash"),
        arguments("{'shape' (2,)}", "expected ':'"),
        arguments("{'shape': (2,)", "expected '}'"),
        arguments("{'shape': (2,)} x", "'x' at position 16, expected nothing after"),
        arguments("{'shape': (2,)}\0", "'?' at position 15, expected nothing after"),
        arguments("__import__('os').system('true')", "expected '{'"));
  }

  @ParameterizedTest
  @MethodSource("badHeaders")
  void refusesAHeaderThatIsNotTheOneDictAndSaysWhere(String header, String reason) {
    ExchangeException refusal = refusal(Fixtures.npy(header, new byte[64]));

    assertThat(refusal.fault()).isEqualTo(Fault.MALFORMED_FILE);
    assertThat(refusal).hasMessageStartingWith("bad.npy: ").hasMessageContaining(reason);
  }

  @Test
  void refusesOtherFilesAndRecognizesTheCommonOnes() {
    assertThat(refusal(new byte[0]))
        .hasMessage("bad.npy: it does not start with the bytes 93 'NUMPY' of a .npy file");
    assertThat(refusal(new byte[100])).hasMessageContaining("does not start with");
    assertThat(refusal(Fixtures.resource("bad-archive.npz")))
        .hasMessageContaining("looks like a zip file (.npz or .pt)")
        .hasMessageContaining("np.save(f, a)");
    assertThat(refusal(new byte[] {(byte) 0x80, 2, '}', 'q', 0, 0, 0, 0}))
        .hasMessageContaining("looks like a Python pickle");
  }

  @ParameterizedTest
  @CsvSource({"0,0", "1,1", "2,1", "4,0", "255,0"})
  void refusesUnknownVersions(int major, int minor) {
    byte[] file = Fixtures.resource("vector.npy");
    file[6] = (byte) major;
    file[7] = (byte) minor;

    assertThat(refusal(file))
        .hasMessageContaining("version %d.%d, expected 1.0, 2.0 or 3.0".formatted(major, minor));
  }

  @Test
  void refusesAHeaderOfVersionThreeThatIsNotUtf8() {
    byte[] file = Fixtures.resource("version3.npy");
    file[20] = (byte) 0xff;

    assertThat(refusal(file)).hasMessageContaining("not valid UTF-8");
  }

  @Test
  void refusesEveryTruncationOfAFile() {
    byte[] file = Fixtures.resource("vector.npy");
    for (int length = 0; length < file.length; length++) {
      ExchangeException refusal = refusal(Arrays.copyOf(file, length));

      assertThat(refusal.fault()).isEqualTo(Fault.MALFORMED_FILE);
    }
    assertThat(refusal(Arrays.copyOf(file, file.length - 1)))
        .hasMessageContaining("shape (2,) needs 2 values of 4 bytes, but the file has only 1")
        .hasMessageContaining("cut short, save or copy it again");
    assertThat(refusal(Arrays.copyOf(file, 50))).hasMessageContaining("its 50 bytes end before");
  }

  @Test
  void refusesAStreamThatEndsBeforeItsSize() {
    byte[] file = Fixtures.resource("vector.npy");

    ExchangeException refusal =
        catchThrowableOfType(
            ExchangeException.class,
            () -> NpyReader.read(new ByteArrayInputStream(file, 0, 130), file.length, "s"));

    assertThat(refusal.fault()).isEqualTo(Fault.MALFORMED_FILE);
    assertThat(refusal).hasMessageContaining("cut short");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(4611686018427387904,)",
        "(4611686018427387904, 4)",
        "(2147483648, 2147483648)",
        "(4294967296, 4294967296)",
        "(4294967296, 4294967296, 0)",
        "(268435457,)",
        "(65536, 65536)",
      })
  void refusesHugeShapesInSmallFilesWithoutAllocating(String shape) throws Exception {
    byte[] file = Fixtures.npyOfShape(shape, 64);
    refusal(file);

    long allocated = Allocation.bytesOf(() -> refusal(file));

    assertThat(refusal(file).fault()).isEqualTo(Fault.MALFORMED_FILE);
    assertThat(refusal(file)).hasMessageContaining("but the file has only 16");
    assertThat(allocated).isLessThan(SMALL);
  }

  @Test
  void refusesMoreValuesThanTheLimitEvenIfTheFileHasThem() throws Exception {
    byte[] start = Fixtures.npyOfShape("(268435457,)", 0);

    ExchangeException refusal =
        catchThrowableOfType(
            ExchangeException.class,
            () -> NpyReader.read(new ByteArrayInputStream(start), 1L << 31, "huge.npy"));

    assertThat(refusal.fault()).isEqualTo(Fault.TOO_LARGE);
    assertThat(refusal)
        .hasMessage(
            "huge.npy: shape (268435457,) has 268435457 values, expected at most 268435456;"
                + " split the array into several files");
  }

  @Test
  void refusesDimensionsThatDoNotFitAnIntEvenIfThereIsNoElement() {
    ExchangeException refusal = refusal(Fixtures.npyOfShape("(0, 2147483648)", 0));

    assertThat(refusal.fault()).isEqualTo(Fault.TOO_LARGE);
    assertThat(refusal).hasMessageContaining("a dimension above 2147483647");
  }

  @Test
  void refusesMoreThanThirtyTwoDimensions() throws Exception {
    byte[] most = Fixtures.npyOfShape("(" + "1,".repeat(32) + ")", 4);
    byte[] more = Fixtures.npyOfShape("(" + "1,".repeat(33) + ")", 4);

    assertThat(NpyReader.read(most, "a").rank()).isEqualTo(32);
    assertThat(refusal(more).fault()).isEqualTo(Fault.TOO_LARGE);
    assertThat(refusal(more)).hasMessageContaining("more than 32 dimensions");
  }

  @Test
  void refusesHeadersAboveTenThousandBytes() throws Exception {
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': ()}";
    byte[] most = Fixtures.npy(header + " ".repeat(10_000 - header.length()), new byte[4]);
    byte[] more = Fixtures.npy(header + " ".repeat(10_001 - header.length()), new byte[4]);

    assertThat(NpyReader.read(most, "a").rank()).isZero();
    assertThat(refusal(more).fault()).isEqualTo(Fault.TOO_LARGE);
    assertThat(refusal(more)).hasMessageContaining("a header of 10001 bytes, expected at most");
  }

  @Test
  void showsTextOfTheFileOnOneLineAndShortened() {
    ExchangeException refusal =
        refusal(Fixtures.npy("{'a\n\u001b[31m" + "b".repeat(5000) + "': 1}", new byte[0]));

    assertThat(refusal.getMessage()).contains("'a??[31mbbb").contains("...").hasSizeLessThan(250);
    assertThat(refusal.file()).isEqualTo("bad.npy");
  }

  private static ExchangeException refusal(byte[] file) {
    return catchThrowableOfType(ExchangeException.class, () -> NpyReader.read(file, "bad.npy"));
  }
}
