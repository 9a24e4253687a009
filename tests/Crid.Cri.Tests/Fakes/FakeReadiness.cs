namespace Crid.Cri.Tests;

/// <summary>Answers a settable readiness.</summary>
internal sealed class FakeReadiness : IRuntimeReadiness
{
    public RuntimeReadiness Readiness { get; set; } = new(IsReady: true, "", "");

    public RuntimeReadiness GetReadiness() => Readiness;
}
