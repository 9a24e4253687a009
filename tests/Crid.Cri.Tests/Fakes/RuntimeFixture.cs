using Crid.Streaming;

namespace Crid.Cri.Tests;

/// <summary>A RuntimeService over fakes.</summary>
internal sealed class RuntimeFixture
{
    public RuntimeFixture()
    {
        Service = new RuntimeServiceImpl(
            Sandboxes,
            Containers,
            Events,
            Statistics,
            Network,
            new FakeOciRuntimes(),
            Streaming,
            Readiness,
            new RuntimeInformation("crid", "0.1.0", """{"stateDir":"/run/crid"}"""),
            TimeProvider.System);
    }

    public FakeSandboxes Sandboxes { get; } = new();

    public FakeContainers Containers { get; } = new();

    public FakePodEvents Events { get; } = new();

    public FakeStatistics Statistics { get; } = new();

    public FakePodNetwork Network { get; } = new();

    public StreamingRequests Streaming { get; } = new(TimeProvider.System) { BaseAddress = "http://127.0.0.1:1" };

    public FakeReadiness Readiness { get; } = new();

    public RuntimeServiceImpl Service { get; }

    public FakeCallContext Context { get; } = new();
}
