using Crid.Core;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Crid.Cri.Tests;

public class ErrorInterceptorTests
{
    private readonly ListLogger<ErrorInterceptor> _log = new();
    private readonly ErrorInterceptor _interceptor;

    public ErrorInterceptorTests() => _interceptor = new ErrorInterceptor(_log, TimeProvider.System);

    [Theory]
    [InlineData(ErrorKind.NotFound, StatusCode.NotFound)]
    [InlineData(ErrorKind.AlreadyExists, StatusCode.AlreadyExists)]
    [InlineData(ErrorKind.InvalidArgument, StatusCode.InvalidArgument)]
    [InlineData(ErrorKind.FailedPrecondition, StatusCode.FailedPrecondition)]
    [InlineData(ErrorKind.Unavailable, StatusCode.Unavailable)]
    [InlineData(ErrorKind.DeadlineExceeded, StatusCode.DeadlineExceeded)]
    [InlineData(ErrorKind.ResourceExhausted, StatusCode.ResourceExhausted)]
    [InlineData(ErrorKind.PermissionDenied, StatusCode.PermissionDenied)]
    [InlineData(ErrorKind.Unimplemented, StatusCode.Unimplemented)]
    [InlineData(ErrorKind.Unknown, StatusCode.Unknown)]
    [InlineData(ErrorKind.Internal, StatusCode.Internal)]
    public async Task Unary_CridException_HasTheCodeOfItsKind(ErrorKind kind, StatusCode code)
    {
        RpcException error = await FailAsync(new CridException(kind, "why"));

        Assert.Equal(code, error.StatusCode);
        Assert.Equal("why", error.Status.Detail);
        Assert.Single(_log.Lines);
    }

    [Fact]
    public void ErrorKinds_All_AreTested()
    {
        int tested = typeof(ErrorInterceptorTests).GetMethod(nameof(Unary_CridException_HasTheCodeOfItsKind))!
            .GetCustomAttributes(typeof(InlineDataAttribute), inherit: false).Length;

        Assert.Equal(Enum.GetValues<ErrorKind>().Length, tested);
    }

    [Fact]
    public async Task Unary_TypedReason_IsUnknownThatBeginsWithIt()
    {
        RpcException error = await FailAsync(new CridException(ErrorKind.Unavailable, "no route") { Reason = "RegistryUnavailable" });

        Assert.Equal(StatusCode.Unknown, error.StatusCode);
        Assert.Equal("RegistryUnavailable: no route", error.Status.Detail);
    }

    [Fact]
    public async Task Unary_CallerLeft_IsCancelled()
    {
        FakeCallContext context = new(cancellation: new CancellationToken(canceled: true));

        RpcException error = await FailAsync(new OperationCanceledException(), context);

        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
    }

    [Fact]
    public async Task Unary_CancelledThoughTheCallerWaits_IsUnavailable()
    {
        RpcException error = await FailAsync(new OperationCanceledException());

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
    }

    [Fact]
    public async Task Unary_DeadlinePassed_IsDeadlineExceeded()
    {
        FakeCallContext context = new(deadline: DateTime.UnixEpoch, cancellation: new CancellationToken(canceled: true));

        RpcException error = await FailAsync(new OperationCanceledException(), context);

        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
    }

    [Fact]
    public async Task Unary_UnexpectedException_IsInternalAndLoggedAsError()
    {
        InvalidOperationException cause = new("boom");

        RpcException error = await FailAsync(cause);

        Assert.Equal(StatusCode.Internal, error.StatusCode);
        Assert.Equal("boom", error.Status.Detail);
        (LogLevel level, _, Exception? exception) = Assert.Single(_log.Lines);
        Assert.Equal(LogLevel.Error, level);
        Assert.Same(cause, exception);
    }

    [Fact]
    public async Task Unary_RpcException_PassesUnchanged()
    {
        RpcException unimplemented = new(new Status(StatusCode.Unimplemented, ""));

        RpcException error = await FailAsync(unimplemented);

        Assert.Same(unimplemented, error);
        Assert.Equal(LogLevel.Debug, Assert.Single(_log.Lines).Level);
    }

    [Fact]
    public async Task Unary_Change_IsOneInformationLineWithSubjectAndResult()
    {
        FakeCallContext context = new("/runtime.v1.RuntimeService/RunPodSandbox");

        await _interceptor.UnaryServerHandler(
            Samples.RunPodSandbox(), context, (_, _) => Task.FromResult(new Api.RunPodSandboxResponse { PodSandboxId = "ab12" }));

        (LogLevel level, string text, _) = Assert.Single(_log.Lines);
        Assert.Equal(LogLevel.Information, level);
        Assert.Matches(@"^RunPodSandbox default/web done in \d+\.\d ms ab12$", text);
    }

    [Fact]
    public async Task Unary_Read_IsADebugLine()
    {
        await _interceptor.UnaryServerHandler(new Api.VersionRequest(), new FakeCallContext(), (_, _) => Task.FromResult(new Api.VersionResponse()));

        Assert.Equal(LogLevel.Debug, Assert.Single(_log.Lines).Level);
    }

    [Fact]
    public async Task Unary_PullWithCredentials_LogsNoneOfThem()
    {
        Api.PullImageRequest request = new()
        {
            Image = new Api.ImageSpec { Image = "registry.test/app" },
            Auth = new Api.AuthConfig { Username = "alice", Password = "hunter2", Auth = "YWxpY2U6aHVudGVyMg==" },
        };

        await Assert.ThrowsAsync<RpcException>(() => _interceptor.UnaryServerHandler<Api.PullImageRequest, Api.PullImageResponse>(
            request, new FakeCallContext(), (_, _) => throw new CridException(ErrorKind.PermissionDenied, "denied")));

        (LogLevel level, string text, _) = Assert.Single(_log.Lines);
        Assert.Equal(LogLevel.Warning, level);
        Assert.Contains("registry.test/app", text, StringComparison.Ordinal);
        Assert.DoesNotContain("alice", text, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
        Assert.DoesNotContain("YWxp", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_Failure_IsMappedToo()
    {
        RpcException error = await Assert.ThrowsAsync<RpcException>(
            () => _interceptor.ServerStreamingServerHandler<Api.StreamContainersRequest, Api.StreamContainersResponse>(
                new Api.StreamContainersRequest(), new ListWriter<Api.StreamContainersResponse>(), new FakeCallContext(),
                (_, _, _) => throw CridException.InvalidArgument("filter.state 9 is not a known value")));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
    }

    private Task<RpcException> FailAsync(Exception exception, FakeCallContext? context = null) =>
        Assert.ThrowsAsync<RpcException>(() => _interceptor.UnaryServerHandler<Api.VersionRequest, Api.VersionResponse>(
            new Api.VersionRequest(), context ?? new FakeCallContext(), (_, _) => Task.FromException<Api.VersionResponse>(exception)));
}
