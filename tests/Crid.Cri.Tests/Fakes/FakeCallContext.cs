using Grpc.Core;

namespace Crid.Cri.Tests;

/// <summary>The context of a call that came from nowhere.</summary>
internal sealed class FakeCallContext : ServerCallContext
{
    private readonly string _method;
    private readonly DateTime _deadline;
    private readonly CancellationToken _cancellation;

    public FakeCallContext(string method = "/runtime.v1.RuntimeService/Version", DateTime? deadline = null, CancellationToken cancellation = default)
    {
        _method = method;
        _deadline = deadline ?? DateTime.MaxValue;
        _cancellation = cancellation;
    }

    protected override string MethodCore => _method;

    protected override string HostCore => "localhost";

    protected override string PeerCore => "unix:";

    protected override DateTime DeadlineCore => _deadline;

    protected override Metadata RequestHeadersCore { get; } = [];

    protected override CancellationToken CancellationTokenCore => _cancellation;

    protected override Metadata ResponseTrailersCore { get; } = [];

    protected override Status StatusCore { get; set; }

    protected override WriteOptions? WriteOptionsCore { get; set; }

    protected override AuthContext AuthContextCore { get; } = new(null, []);

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) =>
        throw new NotSupportedException("nothing is propagated");

    protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders) => Task.CompletedTask;
}
