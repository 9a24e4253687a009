using Crid.Core;
using Crid.Pods;
using Crid.Streaming;

namespace Crid.Cri.Tests;

public sealed class StreamingTests
{
    private readonly RuntimeFixture _fixture = new();

    [Fact]
    public async Task Exec_RunningContainer_AnswersAUrlThatRunsTheCommand()
    {
        Container container = AddContainer(ContainerState.Running);

        Api.ExecResponse response = await _fixture.Service.Exec(
            new Api.ExecRequest { ContainerId = container.Id.Value, Cmd = { "echo", "x" }, Stdout = true, Tty = true }, _fixture.Context);

        CommandStreamingRequest request = Assert.IsType<CommandStreamingRequest>(_fixture.Streaming.Take(new Uri(response.Url).AbsolutePath));
        Assert.Equal(new RemoteCommandRequest(Stdin: false, Stdout: true, Stderr: false, Tty: true), request.Command);
        Assert.Empty(_fixture.Containers.Calls);
    }

    [Fact]
    public async Task Exec_ContainerThatDoesNotRun_IsRefused()
    {
        Container container = AddContainer(ContainerState.Created);

        CridException error = await Assert.ThrowsAsync<CridException>(() => _fixture.Service.Exec(
            new Api.ExecRequest { ContainerId = container.Id.Value, Cmd = { "x" }, Stdout = true }, _fixture.Context));

        Assert.Equal(ErrorKind.FailedPrecondition, error.Kind);
    }

    [Theory]
    [InlineData(false, false, false, false)]
    [InlineData(false, true, true, true)]
    public async Task Exec_StreamsThatDoNotGoTogether_AreInvalid(bool stdin, bool stdout, bool stderr, bool tty)
    {
        Container container = AddContainer(ContainerState.Running);
        Api.ExecRequest request = new() { ContainerId = container.Id.Value, Cmd = { "x" }, Stdin = stdin, Stdout = stdout, Stderr = stderr, Tty = tty };

        CridException error = await Assert.ThrowsAsync<CridException>(() => _fixture.Service.Exec(request, _fixture.Context));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
    }

    [Theory]
    [InlineData("")]
    [InlineData("zero\0byte")]
    public async Task Exec_CommandThatCannotBeRun_IsInvalid(string word)
    {
        Container container = AddContainer(ContainerState.Running);
        Api.ExecRequest request = new() { ContainerId = container.Id.Value, Stdout = true };
        if (word.Length > 0)
        {
            request.Cmd.Add(word);
        }

        CridException error = await Assert.ThrowsAsync<CridException>(() => _fixture.Service.Exec(request, _fixture.Context));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
    }

    [Fact]
    public async Task Attach_RunningContainer_AnswersAUrlOfItsKind()
    {
        Container container = AddContainer(ContainerState.Running);

        Api.AttachResponse response = await _fixture.Service.Attach(
            new Api.AttachRequest { ContainerId = container.Id.Value, Stdin = true, Stderr = true }, _fixture.Context);

        CommandStreamingRequest request = Assert.IsType<CommandStreamingRequest>(_fixture.Streaming.Take(new Uri(response.Url).AbsolutePath));
        Assert.Equal((StreamingRequest.Attach, new RemoteCommandRequest(true, false, true, false)), (request.Kind, request.Command));
    }

    [Fact]
    public async Task PortForward_ReadySandbox_AnswersAUrlThatConnects()
    {
        Sandbox sandbox = Samples.Sandbox();
        _fixture.Sandboxes.Items.Add(sandbox);

        Api.PortForwardResponse response = await _fixture.Service.PortForward(
            new Api.PortForwardRequest { PodSandboxId = sandbox.Id.Value, Port = { 80, 443 } }, _fixture.Context);

        PortStreamingRequest request = Assert.IsType<PortStreamingRequest>(_fixture.Streaming.Take(new Uri(response.Url).AbsolutePath));
        Assert.Equal([80, 443], request.Ports);
        Assert.Equal("pod default/web", request.Target.Description);
        CridException error = await Assert.ThrowsAsync<CridException>(() => request.Target.ConnectAsync(7, CancellationToken.None));
        Assert.Equal($"{sandbox.Id.Value} refuses 7", error.Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(65536)]
    [InlineData(-1)]
    public async Task PortForward_PortThatCannotBe_IsInvalid(int port)
    {
        Sandbox sandbox = Samples.Sandbox();
        _fixture.Sandboxes.Items.Add(sandbox);

        CridException error = await Assert.ThrowsAsync<CridException>(() => _fixture.Service.PortForward(
            new Api.PortForwardRequest { PodSandboxId = sandbox.Id.Value, Port = { port } }, _fixture.Context));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
    }

    [Theory]
    [InlineData("unknown sandbox", ErrorKind.NotFound)]
    [InlineData("stopped sandbox", ErrorKind.FailedPrecondition)]
    [InlineData("bad port", ErrorKind.InvalidArgument)]
    [InlineData("too many wait", ErrorKind.ResourceExhausted)]
    public async Task PortForward_AnyStepFails_NothingWaitsAndTheNextCallAnswersAUrl(string failure, ErrorKind kind)
    {
        Sandbox sandbox = Samples.Sandbox();
        Sandbox stopped = Samples.Sandbox() with { Status = sandbox.Status with { State = SandboxState.NotReady } };
        _fixture.Sandboxes.Items.AddRange(sandbox, stopped);
        Api.PortForwardRequest request = new() { PodSandboxId = sandbox.Id.Value, Port = { 80 } };
        Api.PortForwardRequest failing = failure switch
        {
            "unknown sandbox" => new Api.PortForwardRequest(request) { PodSandboxId = SandboxId.New().Value },
            "stopped sandbox" => new Api.PortForwardRequest(request) { PodSandboxId = stopped.Id.Value },
            "bad port" => new Api.PortForwardRequest { PodSandboxId = sandbox.Id.Value, Port = { 80, 0 } },
            _ => request,
        };
        int room = TokenTable<StreamingRequest>.Capacity;
        List<string> waiting = failure == "too many wait" ? await ForwardAsync(request, room) : [];

        CridException error = await Assert.ThrowsAsync<CridException>(() => _fixture.Service.PortForward(failing, _fixture.Context));

        Assert.Equal(kind, error.Kind);
        Assert.All(waiting, url => Assert.NotNull(_fixture.Streaming.Take(new Uri(url).AbsolutePath)));
        Assert.Equal(room, (await ForwardAsync(request, room)).Distinct(StringComparer.Ordinal).Count());
    }

    private async Task<List<string>> ForwardAsync(Api.PortForwardRequest request, int count)
    {
        List<string> urls = [];
        for (int i = 0; i < count; i++)
        {
            urls.Add((await _fixture.Service.PortForward(request, _fixture.Context)).Url);
        }

        return urls;
    }

    private Container AddContainer(ContainerState state)
    {
        Container sample = Samples.Container();
        Container container = sample with { Status = sample.Status with { State = state } };
        _fixture.Containers.Items.Add(container);
        return container;
    }
}
