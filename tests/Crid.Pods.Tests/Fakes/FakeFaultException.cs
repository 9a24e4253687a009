namespace Crid.Pods.Tests;

/// <summary>The failure of a step that a test has asked for.</summary>
public sealed class FakeFaultException(string step) : Exception($"{step} fails as the test wants it");
