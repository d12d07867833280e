package io.batchnorm.job;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.batchnorm.operator.BatchNormalization;
import org.junit.jupiter.api.Test;

class JobArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.batchnorm");

  @Test
  void seesTheClassesOfBothModules() {
    assertThat(CLASSES.contain(Main.class)).isTrue();
    assertThat(CLASSES.contain(BatchNormalization.class)).isTrue();
    assertThat(CLASSES.contain(JobArchitectureTest.class)).isFalse();
  }

  @Test
  void innerPackagesKnowNothingOfCommandsNorOfEachOther() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "io.batchnorm.job.input",
            "io.batchnorm.job.output",
            "io.batchnorm.job.control",
            "io.batchnorm.job.kafka",
            "io.batchnorm.job.savepoint",
            "io.batchnorm.job.sql",
            "io.batchnorm.job.stream")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.batchnorm.job", "io.batchnorm.job.demo")
        .check(CLASSES);
    slices()
        .matching("io.batchnorm.job.(*)")
        .should()
        .notDependOnEachOther()
        .ignoreDependency(
            resideInAPackage("io.batchnorm.job.control"),
            resideInAPackage("io.batchnorm.job.stream"))
        // Topics carry what files carry: the same formats in another envelope.
        .ignoreDependency(
            resideInAPackage("io.batchnorm.job.kafka"),
            resideInAnyPackage(
                "io.batchnorm.job.control",
                "io.batchnorm.job.input",
                "io.batchnorm.job.output",
                "io.batchnorm.job.stream"))
        .check(CLASSES);
  }

  @Test
  void nothingInTheOperatorsKnowsTheJobOrItsLibraries() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.batchnorm.job..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.batchnorm.job..", "picocli..", "com.fasterxml..", "de.siegmar..")
        .check(CLASSES);
  }

  @Test
  void onlyCommandsKnowTheCommandLineLibrary() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "io.batchnorm.job.input",
            "io.batchnorm.job.output",
            "io.batchnorm.job.control",
            "io.batchnorm.job.kafka",
            "io.batchnorm.job.savepoint",
            "io.batchnorm.job.sql",
            "io.batchnorm.job.stream",
            "io.batchnorm.job.demo")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("picocli..")
        .check(CLASSES);
  }

  @Test
  void onlySavepointsKnowTheStateProcessorApi() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.batchnorm.job.savepoint")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.apache.flink.state.api..")
        .check(CLASSES);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("io.batchnorm.(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void noClassIsNamedAfterNothing() {
    noClasses()
        .should()
        .haveSimpleNameEndingWith("Utils")
        .orShould()
        .haveSimpleNameEndingWith("Util")
        .orShould()
        .haveSimpleNameEndingWith("Helper")
        .orShould()
        .haveSimpleNameEndingWith("Manager")
        .check(CLASSES);
  }

  @Test
  void onlyInputsOutputsStreamsAndDemosAreOpenToOtherPackages() {
    classes()
        .that()
        .resideInAPackage("io.batchnorm.job")
        .and()
        .doNotHaveSimpleName("Main")
        .should()
        .notBePublic()
        .check(CLASSES);
  }
}
