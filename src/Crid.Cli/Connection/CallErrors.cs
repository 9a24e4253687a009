using System.Net.Sockets;
using Grpc.Core;

namespace Crid.Cli;

/// <summary>Turns a failed call into one line that says what happened and, where it is known, what to do.</summary>
internal static class CallErrors
{
    public static string Describe(RpcException error, DaemonAddress address)
    {
        if (FindSocketError(error) is SocketError socketError)
        {
            return DescribeConnection(socketError, address);
        }

        string detail = error.Status.Detail;
        return error.StatusCode switch
        {
            // These explain themselves.
            StatusCode.Unknown or StatusCode.Internal or StatusCode.NotFound or StatusCode.InvalidArgument or StatusCode.FailedPrecondition
                or StatusCode.AlreadyExists when detail.Length > 0 => detail,
            StatusCode.DeadlineExceeded when detail.Length == 0 => $"{address} did not answer in time (--timeout gives it longer)",
            StatusCode.Unimplemented => $"{address} does not offer this: {detail}",
            _ => detail.Length == 0 ? Name(error.StatusCode) : $"{detail} ({Name(error.StatusCode)})",
        };
    }

    private static string DescribeConnection(SocketError error, DaemonAddress address) => error switch
    {
        SocketError.AccessDenied => $"no permission to connect to {address}: run this as root (sudo)",
        SocketError.ConnectionRefused =>
            $"nothing answers on {address}: crid is not running (start it with 'systemctl start crid' or 'crid serve')",
        SocketError.AddressNotAvailable or SocketError.HostNotFound or SocketError.SocketError =>
            $"there is no socket at {address.SocketPath}: crid is not running (start it with 'systemctl start crid' or 'crid serve'), "
            + $"or it listens elsewhere (--address or ${DaemonAddress.EnvironmentVariable})",
        _ => $"cannot connect to {address}: {error}",
    };

    private static SocketError? FindSocketError(Exception error)
    {
        for (Exception? inner = error is RpcException rpc ? rpc.Status.DebugException : error; inner is not null; inner = inner.InnerException)
        {
            if (inner is SocketException socket)
            {
                // A missing path (ENOENT) has no SocketError of its own.
                return socket.ErrorCode == 2 || socket.NativeErrorCode == 2 ? SocketError.AddressNotAvailable : socket.SocketErrorCode;
            }
        }

        return null;
    }

    private static string Name(StatusCode code) => code switch
    {
        StatusCode.NotFound => "not found",
        StatusCode.AlreadyExists => "already exists",
        StatusCode.InvalidArgument => "invalid argument",
        StatusCode.FailedPrecondition => "failed precondition",
        StatusCode.DeadlineExceeded => "deadline exceeded",
        StatusCode.PermissionDenied => "permission denied",
        StatusCode.ResourceExhausted => "resource exhausted",
        StatusCode.Unavailable => "unavailable",
        StatusCode.Cancelled => "cancelled",
        _ => code.ToString(),
    };
}
