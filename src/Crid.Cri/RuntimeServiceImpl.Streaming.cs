using Crid.Core;
using Crid.Pods;
using Crid.Streaming;
using Grpc.Core;

namespace Crid.Cri;

/// <content>Calls that are answered with a URL, at which a client then finds the streams.</content>
public sealed partial class RuntimeServiceImpl
{
    public override Task<Api.ExecResponse> Exec(Api.ExecRequest request, ServerCallContext context)
    {
        Container container = GetRunning(request.ContainerId);
        IReadOnlyList<string> command = ExecMapper.ToCommand(request.Cmd);
        RemoteCommandRequest streams = StreamsMapper.ToStreams(request.Stdin, request.Stdout, request.Stderr, request.Tty);
        string url = _streaming.Add(new CommandStreamingRequest(StreamingRequest.Exec, streams, RunAsync));
        return Task.FromResult(new Api.ExecResponse { Url = url });

        async Task<RemoteCommandOutcome> RunAsync(RemoteCommandSession session, CancellationToken client) => RemoteCommandOutcome.Exited(
            await _containers.ExecAsync(container.Id.Value, command, request.Tty, StreamsMapper.ToProcess(session), client));
    }

    public override Task<Api.AttachResponse> Attach(Api.AttachRequest request, ServerCallContext context)
    {
        Container container = GetRunning(request.ContainerId);
        RemoteCommandRequest streams = StreamsMapper.ToStreams(request.Stdin, request.Stdout, request.Stderr, request.Tty);
        string url = _streaming.Add(new CommandStreamingRequest(StreamingRequest.Attach, streams, RunAsync));
        return Task.FromResult(new Api.AttachResponse { Url = url });

        async Task<RemoteCommandOutcome> RunAsync(RemoteCommandSession session, CancellationToken client)
        {
            await _containers.AttachAsync(container.Id.Value, StreamsMapper.ToProcess(session), client);
            return RemoteCommandOutcome.Success;
        }
    }

    public override Task<Api.PortForwardResponse> PortForward(Api.PortForwardRequest request, ServerCallContext context)
    {
        Sandbox sandbox = _sandboxes.Get(Require.NotEmpty(request.PodSandboxId, "pod_sandbox_id"));
        if (sandbox.Status.State != SandboxState.Ready)
        {
            throw CridException.FailedPrecondition($"forward ports of sandbox '{sandbox.Id.Short}': it is not ready");
        }

        PortForwardTarget target = new($"pod {sandbox.Spec.Metadata.Namespace}/{sandbox.Spec.Metadata.Name}", ConnectAsync);
        string url = _streaming.Add(new PortStreamingRequest(target, StreamsMapper.ToPorts(request.Port)));
        return Task.FromResult(new Api.PortForwardResponse { Url = url });

        async Task<IPortConnection> ConnectAsync(int port, CancellationToken client) =>
            new SocketPortConnection(await _sandboxes.ConnectAsync(sandbox.Id.Value, port, client));
    }

    private Container GetRunning(string id)
    {
        Container container = _containers.Get(Require.NotEmpty(id, "container_id"));
        return container.Status.State == ContainerState.Running
            ? container
            : throw CridException.FailedPrecondition($"container '{container.Id.Short}' is not running");
    }
}
