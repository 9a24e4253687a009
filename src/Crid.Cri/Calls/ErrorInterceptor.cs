using System.Globalization;
using Crid.Core;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Logging;

namespace Crid.Cri;

/// <summary>
/// Stands around every call: turns exceptions into gRPC statuses, the only place that does, writes the call's one log line, and measures it.
/// </summary>
public sealed class ErrorInterceptor : Interceptor
{
    private readonly ILogger<ErrorInterceptor> _logger;
    private readonly TimeProvider _time;

    public ErrorInterceptor(ILogger<ErrorInterceptor> logger, TimeProvider time)
    {
        _logger = logger;
        _time = time;
    }

    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(continuation);
        long start = _time.GetTimestamp();
        CallTelemetry telemetry = CallTelemetry.Begin(context);
        try
        {
            TResponse response = await continuation(request, context);
            LogSuccess(CallSubject.IsChange(request), context, CallSubject.Of(request), CallSubject.Of(response), start);
            telemetry.End(StatusCode.OK, "");
            return response;
        }
        catch (Exception exception)
        {
            throw Fail(exception, context, request, start, telemetry);
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(continuation);
        long start = _time.GetTimestamp();
        CallTelemetry telemetry = CallTelemetry.Begin(context);
        try
        {
            await continuation(request, responseStream, context);
            LogSuccess(isChange: false, context, CallSubject.Of(request), "", start);
            telemetry.End(StatusCode.OK, "");
        }
        catch (Exception exception)
        {
            throw Fail(exception, context, request, start, telemetry);
        }
    }

    private void LogSuccess(bool isChange, ServerCallContext context, string subject, string result, long start)
    {
        if (isChange)
        {
            CriLog.Changed(_logger, MethodName(context), subject, result, ElapsedMs(start));
        }
        else
        {
            CriLog.Read(_logger, MethodName(context), subject, ElapsedMs(start));
        }
    }

    // kubelet asks about objects that are gone and for calls that do not exist as a matter of course.
    private RpcException Fail(Exception exception, ServerCallContext context, object request, long start, CallTelemetry telemetry)
    {
        Status status = ToStatus(exception, context);
        telemetry.End(status.StatusCode, status.Detail);
        string subject = CallSubject.Of(request);
        switch (status.StatusCode)
        {
            case StatusCode.Internal:
                CriLog.Broken(_logger, exception, MethodName(context), subject, ElapsedMs(start));
                break;
            case StatusCode.NotFound or StatusCode.Unimplemented or StatusCode.Cancelled when !CallSubject.IsChange(request):
                CriLog.Declined(_logger, MethodName(context), subject, status.StatusCode, status.Detail, ElapsedMs(start));
                break;
            default:
                CriLog.Failed(_logger, MethodName(context), subject, status.StatusCode, status.Detail, ElapsedMs(start));
                break;
        }

        return exception as RpcException ?? new RpcException(status);
    }

    private Status ToStatus(Exception exception, ServerCallContext context) => exception switch
    {
        RpcException known => known.Status,
        CridException { Reason: not null and not "" } typed => new Status(StatusCode.Unknown, $"{typed.Reason}: {typed.Message}"),
        CridException expected => new Status(ToCode(expected.Kind), expected.Message),
        OperationCanceledException when !context.CancellationToken.IsCancellationRequested =>
            new Status(StatusCode.Unavailable, "the operation was interrupted"),
        OperationCanceledException when context.Deadline <= _time.GetUtcNow().UtcDateTime =>
            new Status(StatusCode.DeadlineExceeded, "the deadline of the call passed"),
        OperationCanceledException => new Status(StatusCode.Cancelled, "the caller left"),
        TimeoutException => new Status(StatusCode.DeadlineExceeded, exception.Message),
        _ => new Status(StatusCode.Internal, exception.Message),
    };

    private static StatusCode ToCode(ErrorKind kind) => kind switch
    {
        ErrorKind.NotFound => StatusCode.NotFound,
        ErrorKind.AlreadyExists => StatusCode.AlreadyExists,
        ErrorKind.InvalidArgument => StatusCode.InvalidArgument,
        ErrorKind.FailedPrecondition => StatusCode.FailedPrecondition,
        ErrorKind.Unavailable => StatusCode.Unavailable,
        ErrorKind.DeadlineExceeded => StatusCode.DeadlineExceeded,
        ErrorKind.ResourceExhausted => StatusCode.ResourceExhausted,
        ErrorKind.PermissionDenied => StatusCode.PermissionDenied,
        ErrorKind.Unimplemented => StatusCode.Unimplemented,
        ErrorKind.Unknown => StatusCode.Unknown,
        _ => StatusCode.Internal,
    };

    private static string MethodName(ServerCallContext context) => context.Method[(context.Method.LastIndexOf('/') + 1)..];

    private string ElapsedMs(long start) => _time.GetElapsedTime(start).TotalMilliseconds.ToString("F1", CultureInfo.InvariantCulture);
}
