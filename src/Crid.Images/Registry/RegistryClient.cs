using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Crid.Core;

namespace Crid.Images;

/// <summary>Sends the requests of one pull: tries the hosts of the registry in order, answers challenges, follows redirects, repeats what may pass.</summary>
internal sealed class RegistryClient
{
    private const int MaxRedirects = 10;
    private const int MaxErrorBytes = 64 << 10;

    // Enough for a token of an earlier pull that is refused now; a host that always asks for something else is not followed for ever.
    private const int MaxAnswers = 2;

    private static readonly TimeSpan MaxRetryDelay = TimeSpan.FromSeconds(30);

    private readonly RegistryTransport _transport;
    private readonly RegistryOptions _options;
    private readonly TimeProvider _time;
    private readonly string _repository;
    private readonly List<(RegistryHost Host, RegistryAuthorizer Authorizer)> _hosts = [];

    public RegistryClient(RegistryServices services, ImageReference reference, RegistryCredentials? credentials, IReadOnlyList<RegistryHost> hosts)
    {
        _transport = services.Transport;
        _options = services.Options;
        _time = services.Time;
        _repository = reference.Repository;
        foreach (RegistryHost host in hosts)
        {
            // Credentials without an address are for the registry of the image, never for a mirror of it.
            bool isMirror = host.Namespace is not null;
            HostCredentials? secret = isMirror && string.IsNullOrEmpty(credentials?.ServerAddress)
                ? null
                : HostCredentials.From(credentials, isMirror ? host.Uri.Authority : reference.Registry);
            TokenClient tokens = new(_transport, _options, services.Tokens, host, _repository, _time);
            _hosts.Add((host, new RegistryAuthorizer(tokens, secret, _time)));
        }
    }

    /// <summary>The first successful response of a host; its body is the caller's to read.</summary>
    /// <exception cref="CridException">No host answered; the most telling failure.</exception>
    public Task<HttpResponseMessage> SendAsync(RegistryRequest request, CancellationToken cancellationToken) =>
        SendAsync(request, Task.FromResult, cancellationToken);

    /// <summary>A document whole, with the type that the server gave it.</summary>
    /// <exception cref="CridException">No host answered; the most telling failure.</exception>
    public Task<(byte[] Document, string? MediaType)> GetAsync(RegistryRequest request, int limit, CancellationToken cancellationToken) =>
        SendAsync(
            request,
            async response =>
            {
                using (response)
                {
                    byte[] document = await RegistryHttp.ReadAsync(response, limit, _options.StallTimeout, cancellationToken);
                    return (document, response.Content.Headers.ContentType?.MediaType);
                }
            },
            cancellationToken);

    // What breaks while the response is read is as good a reason for another attempt as what breaks before.
    private async Task<T> SendAsync<T>(RegistryRequest request, Func<HttpResponseMessage, Task<T>> read, CancellationToken cancellationToken)
    {
        CridException? failure = null;
        (RegistryHost, RegistryAuthorizer)[] usable = [.. _hosts.Where(entry => request.Resolves ? entry.Host.CanResolve : entry.Host.CanPull)];
        foreach ((RegistryHost host, RegistryAuthorizer authorizer) in usable)
        {
            try
            {
                int attempts = host == usable[^1].Item1 ? _options.Attempts : 1;
                return await RepeatAsync(() => SendAsync(host, authorizer, request, read, cancellationToken), attempts, cancellationToken);
            }
            catch (CridException exception)
            {
                CridException redacted = Redact(exception, authorizer);
                failure = Rank(redacted) >= Rank(failure) ? redacted : failure;
            }
        }

        throw failure ?? CridException.FailedPrecondition($"no host is configured to answer for {request.Subject}");
    }

    // A server may repeat what it was sent in what it answers.
    private static CridException Redact(CridException exception, RegistryAuthorizer authorizer)
    {
        string message = authorizer.Redact(exception.Message);
        return message == exception.Message ? exception : new CridException(exception.Kind, message) { Reason = exception.Reason };
    }

    // A mirror that is down or lacks an image says less than a registry that refuses it.
    private static int Rank(CridException? failure) => failure?.Kind switch
    {
        null => 0,
        ErrorKind.Unavailable => 1,
        ErrorKind.NotFound => 2,
        _ => 3,
    };

    private async Task<T> RepeatAsync<T>(Func<Task<T>> send, int attempts, CancellationToken cancellationToken)
    {
        TimeSpan delay = _options.RetryDelay;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await send();
            }
            catch (CridException exception) when (attempt < attempts && MayPass(exception))
            {
                TimeSpan pause = exception is RegistryBusyException { RetryAfter: { } asked } && asked > delay ? asked : delay;
                await Task.Delay(pause < MaxRetryDelay ? pause : MaxRetryDelay, _time, cancellationToken);
                delay *= 2;
            }
        }
    }

    private async Task<T> SendAsync<T>(
        RegistryHost host, RegistryAuthorizer authorizer, RegistryRequest request, Func<HttpResponseMessage, Task<T>> read, CancellationToken cancellationToken)
    {
        HttpResponseMessage response = await SendOnceAsync(host, authorizer, request, cancellationToken);
        if (response.IsSuccessStatusCode)
        {
            return await read(response);
        }

        using (response)
        {
            TimeSpan? asked = response.Headers.RetryAfter is { } after ? after.Delta ?? after.Date - _time.GetUtcNow() : null;
            byte[] body = await RegistryHttp.ReadStartAsync(response, MaxErrorBytes, _options.StallTimeout, cancellationToken);
            CridException failure = RegistryHttp.ToFailure(response, body, request.Subject);
            throw asked is null ? failure : new RegistryBusyException(failure, asked.GetValueOrDefault());
        }
    }

    // Nobody listens where a connection is refused, and a certificate stays what it is: that does not pass within seconds.
    private static bool MayPass(CridException exception) =>
        exception.Kind is ErrorKind.Unavailable or ErrorKind.ResourceExhausted
        && exception.InnerException is not HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError }
        && exception.InnerException?.InnerException is not SocketException { SocketErrorCode: SocketError.ConnectionRefused or SocketError.HostNotFound };

    private async Task<HttpResponseMessage> SendOnceAsync(
        RegistryHost host, RegistryAuthorizer authorizer, RegistryRequest request, CancellationToken cancellationToken)
    {
        Uri target = MakeUri(host, request);
        for (int redirects = 0; redirects <= MaxRedirects; redirects++)
        {
            HttpResponseMessage response = await SendToAsync(target, host, authorizer, request, cancellationToken);
            if (response.StatusCode is not (HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
                or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect))
            {
                return response;
            }

            using (response)
            {
                target = GetRedirect(target, response);
            }
        }

        throw new CridException(ErrorKind.FailedPrecondition, $"{host.Uri.Authority} redirects {request.Subject} more than {MaxRedirects} times");
    }

    private static Uri GetRedirect(Uri from, HttpResponseMessage response)
    {
        Uri to = response.Headers.Location is { } location
            ? new Uri(from, location)
            : throw new CridException(ErrorKind.FailedPrecondition, $"{from.Authority} redirects without saying where to");
        bool allowed = to.Scheme == "https" || (to.Scheme == "http" && from.Scheme == "http");
        return allowed ? to : throw new CridException(ErrorKind.FailedPrecondition, $"{from.Authority} redirects to {to.Scheme}://{to.Authority}, which is less protected");
    }

    private async Task<HttpResponseMessage> SendToAsync(
        Uri target, RegistryHost host, RegistryAuthorizer authorizer, RegistryRequest request, CancellationToken cancellationToken)
    {
        bool ownHost = target.Authority == host.Uri.Authority && target.Scheme == host.Uri.Scheme;
        HttpMessageInvoker invoker = ownHost ? _transport.For(host) : _transport.ForOthers(host);
        for (int answers = 0; ; answers++)
        {
            AuthenticationHeaderValue? authorization = ownHost ? await authorizer.GetAsync(cancellationToken) : null;
            using HttpRequestMessage message = MakeMessage(target, ownHost ? host : null, request, authorization);
            HttpResponseMessage response = await RegistryHttp.SendAsync(invoker, message, host, _options.ResponseTimeout, cancellationToken);
            try
            {
                if (ownHost && response.StatusCode < HttpStatusCode.BadRequest)
                {
                    authorizer.Accept(authorization);
                }

                bool isChallenge = ownHost && response.StatusCode == HttpStatusCode.Unauthorized && answers < MaxAnswers;
                if (!isChallenge || !await authorizer.TryAnswerAsync(response, authorization, cancellationToken))
                {
                    return response;
                }
            }
            catch
            {
                response.Dispose();
                throw;
            }

            response.Dispose();
        }
    }

    private Uri MakeUri(RegistryHost host, RegistryRequest request)
    {
        char separator = request.Path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        string query = host.Namespace is null ? "" : $"{separator}ns={Uri.EscapeDataString(host.Namespace)}";
        return new Uri($"{host.BaseUrl}/{_repository}/{request.Path}{query}");
    }

    private static HttpRequestMessage MakeMessage(Uri target, RegistryHost? host, RegistryRequest request, AuthenticationHeaderValue? authorization)
    {
        HttpRequestMessage message = new(request.Method, target);
        message.Headers.Authorization = authorization;
        if (request.Accept is not null)
        {
            message.Headers.TryAddWithoutValidation("Accept", request.Accept);
        }

        if (request.Offset > 0 || request.Length > 0)
        {
            message.Headers.Range = new RangeHeaderValue(request.Offset, request.Length > 0 ? request.Offset + request.Length - 1 : null);
        }

        foreach ((string name, string value) in host?.Headers ?? [])
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        return message;
    }
}
