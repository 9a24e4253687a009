using System.Net;
using System.Net.Sockets;
using Crid.Core;
using Crid.Oci;

namespace Crid.Images;

/// <summary>Sends requests and turns what goes wrong into failures with a kind and a message that names the server.</summary>
internal static class RegistryHttp
{
    /// <summary>kubelet shows this reason to users when a registry does not answer.</summary>
    public const string Unavailable = "RegistryUnavailable";

    private const int MaxErrorText = 300;

    /// <param name="timeout">How long the head of the response may take.</param>
    public static async Task<HttpResponseMessage> SendAsync(
        HttpMessageInvoker invoker, HttpRequestMessage request, RegistryHost host, TimeSpan timeout, CancellationToken cancellationToken)
    {
        request.Headers.TryAddWithoutValidation("User-Agent", "crid");
        using CancellationTokenSource limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(timeout);
        try
        {
            return await invoker.SendAsync(request, limited.Token);
        }
        catch (HttpRequestException exception)
        {
            throw ToFailure(exception, request.RequestUri?.Authority ?? host.Uri.Authority);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CridException(ErrorKind.Unavailable, $"{request.RequestUri?.Authority} does not answer within {timeout.TotalSeconds} s", exception) { Reason = Unavailable };
        }
    }

    /// <summary>Reads a body whole, up to a limit.</summary>
    /// <param name="timeout">How long all of it may take.</param>
    public static async Task<byte[]> ReadAsync(HttpResponseMessage response, int limit, TimeSpan timeout, CancellationToken cancellationToken)
    {
        byte[] body = await ReadStartAsync(response, limit + 1, timeout, cancellationToken);
        return body.Length <= limit
            ? body
            : throw CridException.InvalidArgument($"{GetAuthority(response)} sent a document of more than {limit} bytes");
    }

    /// <summary>Reads as much of a body as the limit allows.</summary>
    /// <param name="timeout">How long that may take.</param>
    public static async Task<byte[]> ReadStartAsync(HttpResponseMessage response, int limit, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(timeout);
        string authority = GetAuthority(response);
        try
        {
            using Stream body = await response.Content.ReadAsStreamAsync(limited.Token);
            using MemoryStream content = new();
            byte[] buffer = new byte[16 << 10];
            int length;
            while (content.Length < limit
                && (length = await body.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, limit - content.Length)), limited.Token)) > 0)
            {
                content.Write(buffer, 0, length);
            }

            return content.ToArray();
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            throw new CridException(ErrorKind.Unavailable, $"{authority}: the connection broke: {exception.Message}", exception) { Reason = Unavailable };
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CridException(ErrorKind.Unavailable, $"{authority} did not send a document within {timeout.TotalSeconds} s", exception) { Reason = Unavailable };
        }
    }

    /// <summary>The failure that an error response stands for.</summary>
    public static CridException ToFailure(HttpResponseMessage response, ReadOnlySpan<byte> body, string subject)
    {
        string authority = GetAuthority(response);
        IReadOnlyList<RegistryError> errors = ImageDocuments.ReadErrors(body);
        string detail = errors.Count == 0
            ? $"{(int)response.StatusCode} {response.StatusCode}"
            : Clean(string.Join("; ", errors.Take(3).Select(static error => $"{error.Code}: {error.Message}")));
        ErrorKind kind = response.StatusCode switch
        {
            HttpStatusCode.NotFound => ErrorKind.NotFound,
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => ErrorKind.PermissionDenied,
            HttpStatusCode.TooManyRequests => ErrorKind.ResourceExhausted,
            >= HttpStatusCode.InternalServerError or HttpStatusCode.RequestTimeout => ErrorKind.Unavailable,
            _ => ErrorKind.FailedPrecondition,
        };
        string message = kind switch
        {
            ErrorKind.NotFound => $"{authority} does not have {subject} ({detail})",
            ErrorKind.PermissionDenied => $"{authority} refuses {subject} ({detail})",
            _ => $"{authority} failed for {subject} ({detail})",
        };
        return new CridException(kind, message) { Reason = kind == ErrorKind.Unavailable ? Unavailable : null };
    }

    private static string GetAuthority(HttpResponseMessage response) => response.RequestMessage?.RequestUri?.Authority ?? "the registry";

    // Words of a stranger go to logs and to users: no control characters, no endless text.
    private static string Clean(string text)
    {
        string start = text.Length > MaxErrorText ? text[..MaxErrorText] + "..." : text;
        return string.Create(start.Length, start, static (target, source) =>
        {
            for (int i = 0; i < target.Length; i++)
            {
                target[i] = char.IsControl(source[i]) ? ' ' : source[i];
            }
        });
    }

    private static CridException ToFailure(HttpRequestException exception, string authority)
    {
        // Name, TCP and TLS failures all mean that no registry answers there.
        SocketException? socket = exception.InnerException as SocketException;
        string detail = socket?.Message ?? exception.InnerException?.Message ?? exception.Message;
        return new CridException(ErrorKind.Unavailable, $"connect to {authority}: {detail}", exception) { Reason = Unavailable };
    }
}
