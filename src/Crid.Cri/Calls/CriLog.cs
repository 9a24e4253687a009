using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Crid.Cri;

/// <summary>Log messages of Crid.Cri, event ids 7000-7099.</summary>
internal static partial class CriLog
{
    [LoggerMessage(7000, LogLevel.Information, "{Method} {Subject} done in {ElapsedMs} ms {Result}")]
    public static partial void Changed(ILogger logger, string method, string subject, string result, string elapsedMs);

    [LoggerMessage(7001, LogLevel.Debug, "{Method} {Subject} answered in {ElapsedMs} ms")]
    public static partial void Read(ILogger logger, string method, string subject, string elapsedMs);

    [LoggerMessage(7002, LogLevel.Warning, "{Method} {Subject} failed after {ElapsedMs} ms with {Code}: {Detail}")]
    public static partial void Failed(ILogger logger, string method, string subject, StatusCode code, string detail, string elapsedMs);

    [LoggerMessage(7003, LogLevel.Debug, "{Method} {Subject} declined after {ElapsedMs} ms with {Code}: {Detail}")]
    public static partial void Declined(ILogger logger, string method, string subject, StatusCode code, string detail, string elapsedMs);

    [LoggerMessage(7004, LogLevel.Error, "{Method} {Subject} broke after {ElapsedMs} ms")]
    public static partial void Broken(ILogger logger, Exception exception, string method, string subject, string elapsedMs);
}
