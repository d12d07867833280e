package io.batchnorm;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.properties.CanBeAnnotated;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.flink.annotation.Experimental;
import org.apache.flink.annotation.Internal;
import org.apache.flink.annotation.Public;
import org.apache.flink.annotation.PublicEvolving;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The layers, and what of Flink they may rest on. */
class ArchitectureTest {
  private static final String ROOT = "io.batchnorm.";

  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.batchnorm");

  /** Parts of Flink that it does not call public, and why they are used all the same. */
  private static final Map<String, String> NOT_PUBLIC =
      Map.ofEntries(
          Map.entry(
              "org.apache.flink.streaming.api.datastream.DataStreamUtils",
              "reinterpretAsKeyedStream (experimental) is the only way to key without a shuffle"),
          Map.entry(
              "org.apache.flink.runtime.state.KeyGroupRangeAssignment",
              "tells the key group of a key; all savepoints rest on it, so it cannot change"),
          Map.entry(
              "org.apache.flink.runtime.state.KeyGroupRange",
              "what KeyGroupRangeAssignment answers with"),
          Map.entry(
              "org.apache.flink.streaming.runtime.streamrecord.StreamRecord",
              "what the public interfaces of operators take and give"),
          Map.entry(
              "org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus",
              "idleness, which an operator of two inputs can only so take from one of them"),
          Map.entry(
              "org.apache.flink.core.memory.DataInputDeserializer",
              "a DataInputView over bytes; the public interface has no public implementation"),
          Map.entry(
              "org.apache.flink.core.memory.DataOutputSerializer",
              "a DataOutputView into bytes; the public interface has no public implementation"),
          Map.entry(
              "org.apache.flink.runtime.state.KeyedStateBackend",
              "finds the keys that wait in a restored state; else each record would have to ask"),
          Map.entry(
              "org.apache.flink.runtime.execution.SuppressRestartsException",
              "ends a job whose state is refused, instead of trying again"),
          Map.entry(
              "org.apache.flink.runtime.state.VoidNamespace",
              "the namespace that all state of users is in"),
          Map.entry(
              "org.apache.flink.streaming.api.operators.co.CoBroadcastWithKeyedOperator",
              "runs any KeyedBroadcastProcessFunction; nothing can be chained in front of one"));

  @ParameterizedTest(name = "{0} knows {1}")
  @CsvSource({
    "kernel, jdk.incubator.vector com.sun.management",
    "core, kernel",
    "exchange, core org.apache.flink.shaded.jackson2",
    "types, core org.apache.flink",
    "operator, core types org.apache.flink org.slf4j",
    "table, core exchange operator types org.apache.flink"
  })
  void packageKnowsOnly(String name, String others) {
    String[] packages =
        Stream.concat(Stream.of("java", name), Stream.of(others.split(" ")))
            .filter(known -> !known.isEmpty())
            .map(
                known ->
                    known.matches("java|jdk\\..*|(com|org)\\..*")
                        ? known + ".."
                        : ROOT + known + "..")
            .toArray(String[]::new);
    ArchRule rule =
        classes()
            .that()
            .resideInAPackage(ROOT + name + "..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(packages);

    rule.check(MAIN);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching(ROOT + "(*)..").should().beFreeOfCycles().check(MAIN);
  }

  @Test
  void classesAreNamedAfterWhatTheyAre() {
    noClasses().should().haveNameMatching(".*(Utils?|Helpers?|Managers?)(\\$.*)?").check(MAIN);
  }

  @Test
  void nothingIsReadByKryoOrJavaSerialization() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("com.esotericsoftware..", "..typeutils.runtime.kryo..")
        .orShould()
        .dependOnClassesThat()
        .haveNameMatching("java\\.io\\.Object(In|Out)put.*|.*\\.GenericTypeInfo")
        .check(MAIN);
  }

  @Test
  void restsOnPublicPartsOfFlinkAndOnThoseListed() {
    Set<String> used = new TreeSet<>();
    for (JavaClass mine : MAIN) {
      mine.getDirectDependenciesFromSelf().stream()
          .map(Dependency::getTargetClass)
          .map(JavaClass::getBaseComponentType)
          .filter(target -> target.getPackageName().startsWith("org.apache.flink."))
          .filter(target -> !target.getPackageName().startsWith("org.apache.flink.shaded."))
          .filter(target -> !isStable(target))
          .forEach(target -> used.add(target.getName()));
      mine.getAccessesFromSelf().stream()
          .filter(
              access ->
                  access
                      .getTarget()
                      .resolveMember()
                      .filter(ArchitectureTest::isMarkedUnstable)
                      .isPresent())
          .map(JavaAccess::getTargetOwner)
          .forEach(owner -> used.add(owner.getName()));
    }

    assertThat(used).isEqualTo(NOT_PUBLIC.keySet());
  }

  private static boolean isStable(JavaClass target) {
    return target.isAnnotatedWith(Public.class)
        || target.isAnnotatedWith(PublicEvolving.class)
        || target.getEnclosingClass().filter(ArchitectureTest::isStable).isPresent();
  }

  private static boolean isMarkedUnstable(CanBeAnnotated target) {
    return target.isAnnotatedWith(Internal.class) || target.isAnnotatedWith(Experimental.class);
  }
}
